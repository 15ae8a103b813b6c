#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
selftest.py: the meta tests notice what they are for. Each is run on a tiny tree that is right, and
must pass; then on trees that are wrong in one thing each, and must fail and say so. The trees are
written to a temporary folder from the strings below.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import tree

HERE = os.path.dirname(os.path.abspath(__file__))
NOT_TESTS = {"tree.py", "selftest.py"}

GOOD = {
    "README.md": "# tiny\n\n```c\n#include <creel/tiny.h>\nint main(void)\n{\n"
                 "\treturn creel_tiny();\n}\n```\n\n```c fragment\n#include <creel/tiny.h>\n"
                 "int unused = creel_tiny();\nreturn arg;\n```\n\n```c definitions\n"
                 "static int\ntwice(void)\n{\n\treturn 2 * creel_tiny();\n}\n```\n\n"
                 "```c quote\nreturn 0; /* not free() */\n```\n\n```text\nint x = ;\n```\n",
    "docs/memory-model.md": "| [T1] | tiny |\n| [T2] | tiny |\n",
    "include/creel/attributes.h": "#define CREEL_API __attribute__((visibility(\"default\")))\n",
    "include/creel/creel.h":
        "/*\n * creel.h: all.\n *\n *  header  what for\n *  tiny.h  tiny\n */\n"
        "#ifndef CREEL_CREEL_H\n#define CREEL_CREEL_H\n#include <creel/attributes.h>\n"
        "#include <creel/tiny.h>\ntypedef struct creel_pool creel_pool;\n"
        "typedef struct creel_future creel_future;\n#endif\n",
    "include/creel/tiny.h":
        "/*\n * tiny.h: tiny.\n *\n *  function     blocks?  from a loop?\n"
        " *  creel_tiny   no       not yet\n *                        (a second line)\n"
        " *  creel_other  no       yes\n *\n * And so on.\n */\n"
        "#ifndef CREEL_TINY_H\n#define CREEL_TINY_H\n#include <creel/attributes.h>\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
        "CREEL_API int creel_tiny(void); /* CREEL_API int creel_not_this(void); */\n"
        "CREEL_API int\n\tcreel_other(int (*hook)(void), int n);\n"
        "#ifdef __cplusplus\n}\n#endif\n#endif\n",
    "lib/CMakeLists.txt": "creel_headers(\n\tattributes.h\n\tcreel.h\n\ttiny.h\n)\n"
                          "creel_sources(base\n\tmem.c\n)\ncreel_sources(left\n\tleft.c\n)\n"
                          "creel_sources(sync parker.c)\n",
    "tests/CMakeLists.txt": "creel_test_support(\n\tgate.c\n)\ncreel_test(left left WRAP x)\n"
                            "# creel_test(left right)\n",
    "tests/left/test_left.c": "int x;\n",
    "tests/support/gate.c": "int x;\n",
    "examples/CMakeLists.txt": "creel_example(01_tiny)\n",
    "examples/01_tiny.c": "int x;\n",
    "lib/FLOORS": "# lowest first\n0 base\n1 sync\n2 left\n2 right\n3 top\n",
    "lib/base/atomic.h": "#ifndef A\n#define A\n#include <stdatomic.h>\n"
                         "#define crl_load(p, order) atomic_load_explicit((p), memory_order_##order)\n"
                         "#define crl_cas(p, e, d, s, f) (0)\n#endif\n",
    "lib/base/mem.c": "#include <stdlib.h>\nvoid *\ntake(void)\n{\n\treturn malloc(1);\n}\n",
    "lib/base/tiny.h": "#ifndef B\n#define B\nint crl_tiny(int n);\n#endif\n",
    "lib/sync/parker.c": "#include <pthread.h>\nvoid\nwake(pthread_cond_t *c)\n{\n"
                         "\tpthread_cond_signal(c);\n}\n",
    "lib/left/left.h": "#ifndef L\n#define L\n#include \"base/tiny.h\"\n#endif\n",
    "lib/left/left.c":
        "/* [T1] [T2] A comment may say malloc(), atomic_load(p) and CLOCK_REALTIME. */\n"
        "#include \"left/left.h\"\n#include \"base/atomic.h\"\n#include <creel/tiny.h>\n"
        "const char *\nname(void)\n{\n\treturn \"a string may say \\\" free(p)\"; // so may this one\n"
        "}\nint\ncreel_tiny(void)\n{\n\treturn 0; /* not free() */\n}\n"
        "void\nuse(struct hooks *hooks, int *p, int e)\n{\n"
        "\thooks->free(p); /* [T1] */\n\t(void)crl_load(&p[f(1, 2)], acquire); /* [T2] */\n"
        "\tcrl_cas(p, &e, 2, acq_rel, relaxed);\n\tuse(p, T[T1]);\n}\n",
}


def long_function(lines):
    return "int\nlong_one(\n\tint a)\n{\n" + "\ta++;\n" * (lines - 5) + "}\n"


# script -> [(what is wrong, {file: its text, or None: absent}, what must be said)]
BAD = {
    "floors.py": [
        ("up", {"lib/base/x.c": '#include "sync/parker.h"\n', "lib/sync/parker.h": ""}, "points up"),
        ("sideways", {"lib/right/x.c": '#  include "left/left.h"\n'}, "points sideways"),
        ("from a header", {"lib/base/tiny.h": '#include "left/left.h"\n'}, "lib/base/tiny.h:1"),
        ("unknown folder", {"lib/new/x.c": "int x;\n"}, "lib/new: is not in lib/FLOORS"),
        ("beside", {"lib/x.c": "int x;\n"}, "lies beside"),
        ("no such file", {"lib/left/x.c": '#include "base/none.h"\n'}, "does not exist"),
        ("relative", {"lib/base/x.c": '#include "../left/left.h"\n'}, "names no folder"),
        ("angle brackets", {"lib/base/x.c": "#include <left/left.h>\n"}, "is internal"),
        ("umbrella", {"lib/left/x.c": "#include <creel/creel.h>\n"}, "<creel/creel.h>"),
        ("public to internal", {"include/creel/x.h": "#include <base/tiny.h>\n"}, "public header"),
        ("public, quotes", {"include/creel/x.h": '#include "tiny.h"\n'}, "with quotes"),
        ("listed twice", {"lib/FLOORS": "0 base\n1 base\n1 sync\n2 left\n"}, "twice"),
        ("no number", {"lib/FLOORS": "base\n"}, "expected: floor folder"),
    ],
    "fences.py": [
        (line, {"lib/left/x.c": f"void\nf(void)\n{{\n\t{line}\n}}\n"}, f"lib/left/x.c:4: {said}")
        for line, said in [
            ("#include <stdatomic.h>", "<stdatomic.h>"),
            ("#include <pthread.h>", "<pthread.h>"),
            ("# include <threads.h>", "<threads.h>"),
            ("p = malloc(1);", "malloc"), ("p = calloc (1, 1);", "malloc"),
            ("p = (x)realloc(p, 1);", "malloc"), ("free(p);", "malloc"),
            ("/* x */ free(p);", "malloc"), ('s = "/*"; free(p); t = "*/";', "malloc"),
            ("c = '\"'; free(p);", "malloc"),
            ("pthread_cond_signal(&c);", "pthread_cond_signal"),
            ("pthread_cond_broadcast(&c);", "pthread_cond_broadcast"),
            ("atomic_thread_fence(memory_order_seq_cst);", "a stand-alone fence"),
            ("__atomic_thread_fence(5);", "a stand-alone fence"),
            ("__sync_synchronize();", "a stand-alone fence"),
            ("__sync_fetch_and_add(p, 1);", "a __sync builtin"),
            ("__atomic_load_n(p, 5);", "an atomic builtin"),
            ("clock_gettime(CLOCK_REALTIME, &t);", "the wall clock"),
            ("t = time(NULL);", "the wall clock"),
            ("atomic_load(p);", "an atomic"), ("atomic_store(p, 1);", "an atomic"),
            ("atomic_exchange(p, 1);", "an atomic"), ("atomic_fetch_add (p, 1);", "an atomic"),
            ("atomic_compare_exchange_strong(p, e, 1);", "an atomic"),
            ("crl_load(p);", "crl_load()"), ("crl_load(f(a, acquire));", "crl_load()"),
            ("crl_store(p, 1);", "crl_store()"), ("crl_fetch_add(p,\n1);", "crl_fetch_add()"),
            ("crl_cas(p, &e, 2);", "crl_cas()"),
        ]
    ] + [
        ("signal elsewhere in sync", {"lib/sync/x.c": "pthread_cond_signal(c);\n"}, "lib/sync/x.c"),
        ("broadcast in the parker", {"lib/sync/parker.c": "pthread_cond_broadcast(c);\n"},
         "pthread_cond_broadcast"),
        ("plain atomic in atomic.h", {"lib/base/atomic.h": "x = atomic_load(p);\n"}, "an atomic"),
        ("fence in atomic.h", {"lib/base/atomic.h": "atomic_thread_fence(x);\n"}, "fence"),
    ],
    "headers.py": [
        ("incomplete", {"lib/base/x.h": "size_t crl_x(void);\n"}, "lib/base/x.h"),
        ("no guard", {"lib/base/x.h": "struct x {\n\tint x;\n};\n"}, "lib/base/x.h"),
        ("public, incomplete", {"include/creel/x.h": "size_t x(void);\n"}, "-std=c17"),
        ("not C11", {"include/creel/x.h": "static inline int f(void) { return ({ 1; }); }\n"},
         "-std=c11"),
        ("not C++", {"include/creel/x.h": "#ifndef X\n#define X\nint class;\n#endif\n"},
         "-std=c++11"),
    ],
    "pairs.py": [
        ("once", {"lib/left/x.c": "/* [X1] */\n",
                  "docs/memory-model.md": "[T1] [T2] [X1]\n"}, "[X1] occurs only once"),
        ("once, beside an index", {"lib/left/x.c": "/* [X1] */ int a = b[X1];\n",
                                   "docs/memory-model.md": "[T1] [T2] [X1]\n"}, "only once"),
        ("not in the book", {"lib/left/x.c": "/* [X1] [X1] */\n"}, "[X1] is not listed"),
        ("only in the book", {"docs/memory-model.md": "[T1] [T2] [X1]\n"}, "[X1] does not occur"),
        ("no book", {"docs/memory-model.md": None}, "is missing"),
    ],
    "conformance.py": [
        ("stale", {"tests/left/test_left.c": '/* 1.2 "a": b */\nSTART_TEST(x)\n',
                   "docs/conformance.md": "old\n"}, "is not what the tests say"),
        ("no book", {"tests/left/test_left.c": '/* 1.2 "a": b */\nSTART_TEST(x)\n'}, "is missing"),
        ("no section", {"tests/left/test_left.c": '/* 9.9 "a": b */\nSTART_TEST(x)\n'},
         "there is no section 9.9"),
        ("not the last comment", {"tests/left/test_left.c":
                                  '/* 9.9 "a": b */\n/* 1.2 "c": d */\nSTART_TEST(x)\n'},
         "there is no section 9.9"),
        ("two names", {"tests/left/test_left.c": '/* 1.2 "a", "b": c */\nSTART_TEST(x)\n'},
         "a: what does x assert?"),
        ("not in the checklist", {"tests/left/test_left.c": '/* 3.1 "a, b": c */\nSTART_TEST(x)\n',
                                  "tests/conformance/checklist.txt": "3.1\na\n"}, "3.1 has no case b"),
        ("neither", {"tests/conformance/checklist.txt": "3.1\na,\nb\n",
                     "tests/conformance/left_out.txt": "3.1 | a | because\n"},
         "3.1 b is neither shown nor left out"),
        ("both", {"tests/left/test_left.c": '/* 3.1 "a": c */\nSTART_TEST(x)\n',
                  "tests/conformance/checklist.txt": "3.1\na\n",
                  "tests/conformance/left_out.txt": "3.1 | a | because\n"}, "but a test shows it"),
        ("left out of nothing", {"tests/conformance/left_out.txt": "3.1 | a | because\n"},
         "a is not in the checklist of 3.1"),
        ("no reason", {"tests/conformance/checklist.txt": "3.1\na\n",
                       "tests/conformance/left_out.txt": "3.1 | a |\n"}, "is not three cells"),
        ("twice in the checklist", {"tests/conformance/checklist.txt": "3.1\na, b,\na\n"},
         "a stands there twice"),
        ("a deviation without a test", {"tests/conformance/deviations.txt": "D1 | this | that\n"},
         "no test shows D1"),
        ("no such deviation", {"tests/left/test_left.c": '/* 5 "D1": c */\nSTART_TEST(x)\n'},
         "5 has no case D1"),
    ],
    "lengths.py": [
        ("long file", {"lib/left/x.c": "/* */\n" * 401}, "has 401 lines"),
        ("long function", {"lib/left/x.c": long_function(71)}, "long_one has 71 lines"),
        ("long function in a header", {"lib/left/x.h": long_function(90)}, "has 90 lines"),
    ],
    "lists.py": [
        (path, {path: "int x;\n"}, f"{path}: is not listed")
        for path in ["lib/left/right.c", "lib/left/parker.c", "lib/right/left.c",
                     "include/creel/x.h", "tests/left/test_right.c", "tests/left/test_lef.c",
                     "tests/right/test_left.c", "tests/support/gates.c", "examples/tiny.c",
                     "examples/util/x.c", "bench/x.c", "bench/util/x.c", "bench/peers/p/x.cpp",
                     "bench/peers/p/x.rs", "bench/peers/go/x.go", "tests/meta/x.py"]
    ],
    "tables.py": [
        ("no row", {"include/creel/tiny.h": GOOD["include/creel/tiny.h"].replace(
            " *  creel_other  no       yes\n", "")}, "creel_other has no row"),
        ("no function", {"include/creel/tiny.h": GOOD["include/creel/tiny.h"].replace(
            "CREEL_API int creel_tiny(void);", "")}, "creel_tiny, which is not declared"),
        ("twice", {"include/creel/tiny.h": GOOD["include/creel/tiny.h"].replace(
            " *  creel_other ", " *  creel_other  no  no\n *  creel_other ")}, "twice"),
        ("cells", {"include/creel/tiny.h": GOOD["include/creel/tiny.h"].replace(
            "no       yes", "no")}, "2 cells under 3"),
        ("inline without a row", {"include/creel/tiny.h": GOOD["include/creel/tiny.h"].replace(
            "CREEL_API int creel_tiny(void);", "CREEL_API int creel_tiny(void);\n"
            "static inline __attribute__((always_inline)) void\ncreel_bare(void)\n{\n}\n"
            "static inline void\ncreel_own_(void)\n{\n}\nCREEL_API void creel_slow_v1(void);")},
         "creel_bare has no row"),
        ("no table", {"include/creel/tiny.h": GOOD["include/creel/tiny.h"].replace(
            " *  function ", " *  what ")}, "has no table"),
        ("not in the umbrella", {"include/creel/x.h": "/* x */\n"}, "does not include <creel/x.h>"),
        ("not in its table", {"include/creel/creel.h": GOOD["include/creel/creel.h"].replace(
            " *  tiny.h  tiny\n", "")}, "does not list tiny.h"),
        ("lists what is not there", {"include/creel/creel.h": GOOD["include/creel/creel.h"].replace(
            "tiny.h  tiny\n", "tiny.h  tiny\n *  none.h  no\n")}, "none.h, which does not exist"),
    ],
    "paths.py": [
        ("checkout", {"docs/x.md": "see {root}/docs\n"}, "docs/x.md:1: names {root}"),
        ("folder above", {"docs/x.md": "see\n`{above}/other`\n"}, "docs/x.md:2: names {above}"),
        ("home", {"docs/x.md": "in \"/nest/of/mine/x\"\n"}, "names /nest/of/mine"),
        ("somebody's home", {"lib/left/x.c": "/* /ho" + "me/someone/x */\n"}, "someone"),
    ],
    "readme.py": [
        ("no readme", {"README.md": None}, "README.md: is missing"),
        ("does not compile", {"docs/x.md": "```c\nint main(void)\n{\n\treturn x;\n}\n```\n"},
         "docs/x.md:4:"),
        ("warns", {"docs/x.md": "```c\nint main(void)\n{\n\tint x;\n\treturn 0;\n}\n```\n"},
         "unused variable"),
        ("fails", {"docs/x.md": "text\n```c\nint main(void)\n{\n\treturn 3;\n}\n```\n"},
         "docs/x.md:3: the program ends with 3"),
        ("hangs", {"docs/x.md": "```c\n#include <unistd.h>\nint main(void)\n{\n"
                                "\tfor (;;)\n\t\tpause();\n}\n```\n"}, "more than"),
        ("wrong fragment", {"docs/x.md": "\n```c fragment\nint x = y;\n```\n"}, "docs/x.md:3:"),
        ("wrong definitions", {"docs/x.md": "```c definitions\nint f(void) { }\n```\n"},
         "docs/x.md"),
        ("wrong quote", {"docs/x.md": "```c quote\nint nowhere;\n```\n"}, "stand nowhere"),
        ("not marked", {"docs/x.md": "```c\nint x;\n```\n"}, "neither a program nor marked"),
        ("unknown kind", {"docs/x.md": "```c sketch\nint x;\n```\n"}, "unknown kind"),
    ],
    "exports.py": [
        ("a name of its own", {"lib/left/x.c": "int crl_leak;\n"}, "crl_leak does not begin"),
        ("not declared", {"lib/left/x.c": "int creel_secret;\n"}, "creel_secret is declared"),
        ("not exported", {"include/creel/tiny.h": GOOD["include/creel/tiny.h"].replace(
            "creel_tiny(void);", "creel_tiny(void);\nCREEL_API int creel_missing(void);")},
         "creel_missing is declared CREEL_API, but"),
    ],
}

# What the tiny library is made of: the two functions, and what a wrong tree adds in lib/left/x.c.
LIBRARY = "int creel_tiny(void) { return 0; }\nint creel_other(void) { return 0; }\n"


class MetaTest(unittest.TestCase):
    def setUp(self):
        self.above = os.path.realpath(tempfile.mkdtemp(prefix="creel-meta-"))
        self.addCleanup(shutil.rmtree, self.above)

    def plant(self, changes):
        root = os.path.join(self.above, "checkout")
        shutil.rmtree(root, ignore_errors=True)
        for path, text in {**GOOD, **changes}.items():
            if text is not None:
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text.replace("{root}", root).replace("{above}", self.above))
        return root

    def library(self, root):
        """The tree's shared library, which exports every symbol of its source."""
        made = os.path.join(self.above, "libtiny.so")
        source = LIBRARY
        if os.path.exists(os.path.join(root, "lib/left/x.c")):
            source += tree.read(root, "lib/left/x.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", made],
                       input=source, text=True, check=True)
        return made

    def run_on(self, script, changes):
        root = self.plant(changes)
        more = []
        if script == "paths.py":
            more = ["--home", "/nest/of/mine"]
        if script in ("exports.py", "readme.py"):
            more = ["--library", self.library(root)]
        if script == "readme.py":
            more += ["--seconds", "3"]
        done = subprocess.run([sys.executable, "-B", os.path.join(HERE, script), "--root", root,
                               *more], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        said = done.stdout.replace(root, "{root}").replace(self.above, "{above}")
        return done.returncode, said

    def check(self, script):
        status, said = self.run_on(script, {})
        self.assertEqual(status, 0, f"{script} on the good tree:\n{said}")
        for what, changes, expected in BAD[script]:
            with self.subTest(what):
                status, said = self.run_on(script, changes)
                self.assertEqual(status, 1, said)
                self.assertIn(expected, said)
                self.assertNotIn("Traceback", said)

    def test_every_script_is_shown_to_fail(self):
        scripts = {name for name in os.listdir(HERE) if name.endswith(".py")} - NOT_TESTS
        self.assertEqual(scripts, set(BAD))

    def test_lengths_at_the_limit(self):
        changes = {"lib/left/x.c": long_function(70), "lib/left/y.c": "/* */\n" * 400}
        self.assertEqual(self.run_on("lengths.py", changes)[0], 0)

    def test_pairs_without_labels_or_book(self):
        changes = {"docs/memory-model.md": None, "lib/left/left.c": "int x;\n"}
        self.assertEqual(self.run_on("pairs.py", changes)[0], 0)


def add_tests():
    for script in BAD:
        setattr(MetaTest, "test_" + script[:-3], lambda self, script=script: self.check(script))


add_tests()
if __name__ == "__main__":
    unittest.main()
