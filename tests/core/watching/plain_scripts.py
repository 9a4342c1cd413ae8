"""Scripts that train nothing, as people write them: whatever they do must come out as without anybody looking on."""

FOLDER: dict[str, str | bytes] = {
    "prints_its_arguments.py": """
import sys
print(sys.argv, __name__, __file__, sys.path[0], __spec__, __doc__, __package__)
print(sorted(name for name in globals() if not name.startswith("__")))
""",
    "raises.py": """
def inner(x):
    return 1 / x

def outer():
    try:
        inner(0)
    except ZeroDivisionError as problem:
        raise RuntimeError("no luck") from problem

outer()
""",
    "exits_with_three.py": "import sys\nprint('so far')\nsys.exit(3)\n",
    "exits_with_words.py": "raise SystemExit('that is all')\n",
    "is_no_python.py": "print('begun')\nfor x in\n",
    "is_in_latin_1.py": b"# -*- coding: latin-1 -*-\nprint('gr\xfc\xdfe'.encode())\n",
    "is_interrupted.py": """
import os, signal
print('on', flush=True)
os.kill(os.getpid(), signal.SIGINT)
print('off')
""",
    "is_terminated.py": """
import os, signal
print('on', flush=True)
os.kill(os.getpid(), signal.SIGTERM)
""",
    "has_its_own_hook.py": """
import sys
sys.excepthook = lambda *a: print('mine', a[0].__name__, file=sys.stderr)
int('x')
""",
    "prints_a_traceback.py": """
import traceback
try:
    [][1]
except IndexError:
    traceback.print_exc()
""",
    "reads_its_input.py": "import sys\nprint(sys.stdin.read().upper(), input.__name__)\n",
    "has_exit_handlers.py": "import atexit\natexit.register(print, 'bye')\nprint('hello')\n",
    "has_threads.py": """
import threading, time
def late():
    time.sleep(0.2)
    print(__name__, 'late')
threading.Thread(target=late).start()
print('main is done')
""",
    "pickles_itself.py": """
import pickle, dataclasses
@dataclasses.dataclass
class Point:
    x: int
print(pickle.loads(pickle.dumps(Point(1))), Point.__module__)
""",
    "starts_others.py": """
import multiprocessing
def square(x):
    return x * x
if __name__ == "__main__":
    for how in ("fork", "spawn"):
        with multiprocessing.get_context(how).Pool(2) as pool:
            print(how, pool.map(square, range(4)))
""",
    "imports_its_neighbour.py": "import neighbour\nprint(neighbour.here)\n",
    "neighbour.py": "here = 'next door'\n",
    "reads_a_file.py": "print(open('beside.txt').read())\nopen('written.txt', 'w').write('x')\n",
    "beside.txt": "in the same folder\n",
    "parses_its_arguments.py": """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument('--epochs', type=int, default=3)
parser.add_argument('-m', '--module')
parser.add_argument('--help-me', action='store_true')
print(parser.parse_args())
""",
    "writes_odd_bytes.py": "import sys\nsys.stdout.buffer.write(b'\\xff\\x00')\nprint('\\udcff')\n",
    "package/__init__.py": "",
    "package/__main__.py": """
import sys
from package import part
print(sys.argv[1:], __package__, __spec__.name, part.name)
1 / 0
""",
    "package/part.py": "name = __name__\n",
}

COMMANDS = {
    "arguments": ["prints_its_arguments.py", "a", "--b", "-m", "c d"],
    "exception": ["raises.py"],
    "status": ["exits_with_three.py"],
    "status in words": ["exits_with_words.py"],
    "syntax": ["is_no_python.py"],
    "coding": ["is_in_latin_1.py"],
    "ctrl+c": ["is_interrupted.py"],
    "signal": ["is_terminated.py"],
    "excepthook": ["has_its_own_hook.py"],
    "traceback": ["prints_a_traceback.py"],
    "stdin": ["reads_its_input.py"],
    "atexit": ["has_exit_handlers.py"],
    "threads": ["has_threads.py"],
    "pickle": ["pickles_itself.py"],
    "multiprocessing": ["starts_others.py"],
    "import": ["imports_its_neighbour.py"],
    "files": ["reads_a_file.py"],
    "argparse": ["parses_its_arguments.py", "--epochs", "5", "-m", "x", "--help-me"],
    "argparse, wrong": ["parses_its_arguments.py", "--epoch", "five"],
    "surrogates": ["writes_odd_bytes.py"],
    "module": ["-m", "package", "x", "-y"],
    "no module": ["-m", "no_such_package"],
    "module of a module": ["-m", "package.part"],
}
