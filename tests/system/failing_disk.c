/* A disk that fails: preloaded, every write to a file below FAULTY_FOLDER sets errno to what the file FAULT says, while
   that file is there. Nothing else is touched, so that SQLite and Python meet it where they would meet a real one. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int fd)
{
    const char *folder = getenv("FAULTY_FOLDER"), *fault = getenv("FAULT");
    char link[64], path[4096], number[16] = "";
    int kept = errno, said = 0;
    ssize_t length;
    FILE *file;

    if (!folder || !fault || !(file = fopen(fault, "r")))
        return errno = kept, 0;
    if (fgets(number, sizeof number, file))
        said = atoi(number);
    fclose(file);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (!said || length < 0)
        return errno = kept, 0;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder)))
        return errno = kept, 0;
    return errno = said, 1;
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
