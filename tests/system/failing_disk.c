/* A disk that fails: preloaded, a write to a file below FAULTY_FOLDER sets errno to what the file FAULT says, while that
   file is there: "NUMBER", or "NUMBER FROM TO" for those of this process's writes that come from the FROMth on and before
   the TOth. EBUSY is no fault of a disk, but a database that another process has locked. Nothing else is touched, so that
   SQLite and Python meet it where they would meet a real one. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long n_writes;

/* Whether a file is one that may fail, and the fault that is due. */
static int due(int fd, int is_write)
{
    const char *folder = getenv("FAULTY_FOLDER"), *fault = getenv("FAULT");
    char link[64], path[4096], said[64] = "";
    int kept = errno, number = 0;
    long from = 0, to = 0, now;
    ssize_t length;
    FILE *file;

    errno = kept;
    if (!folder || !fault)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length < 0)
        return 0;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder)))
        return 0;
    now = is_write ? __sync_add_and_fetch(&n_writes, 1) : n_writes + 1;
    file = fopen(fault, "r");
    errno = kept;
    if (!file)
        return 0;
    if (fgets(said, sizeof said, file))
        sscanf(said, "%d %ld %ld", &number, &from, &to);
    fclose(file);
    errno = kept;
    return now >= from && (!to || now < to) ? number : 0;
}

static int fails(int fd)
{
    int number = due(fd, 1);
    if (!number || number == EBUSY)
        return 0;
    return errno = number, 1;
}

#define REAL(type, name) type real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*write_t)(int, const void *, size_t);
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef int (*sync_t)(int);
typedef int (*truncate_t)(int, off_t);

ssize_t write(int fd, const void *from, size_t size)
{
    REAL(write_t, "write");
    return fails(fd) ? -1 : real(fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
    REAL(pwrite_t, "pwrite");
    return fails(fd) ? -1 : real(fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off_t at)
{
    REAL(pwrite_t, "pwrite64");
    return fails(fd) ? -1 : real(fd, from, size, at);
}

int fsync(int fd)
{
    REAL(sync_t, "fsync");
    return fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(sync_t, "fdatasync");
    return fails(fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t size)
{
    REAL(truncate_t, "ftruncate");
    return fails(fd) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off_t size)
{
    REAL(truncate_t, "ftruncate64");
    return fails(fd) ? -1 : real(fd, size);
}

static int locked(int fd, int command, va_list arguments, const char *name)
{
    int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, name);
    void *argument = va_arg(arguments, void *);
    struct flock *lock = argument;

    if (command == F_SETLK && lock->l_type == F_WRLCK && due(fd, 1) == EBUSY)
        return errno = EAGAIN, -1;
    return real(fd, command, argument);
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int answer = locked(fd, command, arguments, "fcntl");
    va_end(arguments);
    return answer;
}

int fcntl64(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int answer = locked(fd, command, arguments, "fcntl64");
    va_end(arguments);
    return answer;
}
