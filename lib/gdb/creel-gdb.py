# SPDX-License-Identifier: MIT
"""
creel-gdb.py: the suspended tasks of a process, or of a core file, and their stacks.

    (gdb) source creel-gdb.py        not needed where the library was installed with it
    (gdb) creel tasks                a line for each suspended task: number, worker, name, where it waits
    (gdb) creel bt [NUMBER]          the stack of this one, or of all
    (gdb) creel frame NUMBER LEVEL|FUNCTION COMMAND
                                     run a command of gdb in a frame of its stack: creel frame 2 11 info locals

It needs creel's debug information, nothing else: the program runs as always, and nothing in it is changed.

How it works: runners are never freed, and each links its suspended strands in `blocked`. A strand's fiber
has kept four registers when it was switched away from (fiber/switch_x86_64.h). While a stack is shown, an unwinder
pretends that the selected thread's innermost frame was called from there.
"""

import gdb
import gdb.unwinder

REGISTERS = (("rsp", "sp"), ("rbp", "bp"), ("rbx", "bx"), ("rip", "ip"))


def container(node, type_name, member):
    """The struct whose member the node is."""
    wanted = gdb.lookup_type(type_name)
    offset = next(f.bitpos // 8 for f in wanted.fields() if f.name == member)
    return gdb.Value(int(node) - offset).cast(wanted.pointer())


def runners():
    """All runners of this process, in use or not."""
    generation = int(gdb.parse_and_eval("crl_process_generation"))
    stable = gdb.parse_and_eval("crl_runners")["made"]
    while int(stable) != 0:
        runner = stable.cast(gdb.lookup_type("crl_runner").pointer())
        if int(runner["generation"]) == generation:
            yield runner
        stable = stable["next_made"]


def suspended():
    """(runner, strand) of all suspended tasks, each runner's longest first."""
    found = []
    for runner in runners():
        head = runner["blocked"].address
        node = head["next"]
        while int(node) not in (0, int(head)):
            found.append((runner, container(node, "crl_strand", "place")))
            node = node["next"]
    return found


def task_of(strand):
    owner = strand["owner"]
    if int(owner) == 0:
        return None
    return container(owner, "crl_task_frame", "forker")["task"]


def name_of(task):
    """The task's name, or else its function's."""
    if task is None:
        return "?"
    if "crl_task_extra_ops" in str(task["future"]["ops"]):
        name = task["extra"]["name"].string()
        if name:
            return '"%s"' % name
    words = str(task["fn"]).split(" ", 1)
    return words[-1].strip("<>")


class Suspended(gdb.unwinder.Unwinder):
    """While `state` is set: what the innermost frame of the selected thread was called from."""

    def __init__(self):
        super().__init__("creel")
        self.state = None
        self.top = None

    def __call__(self, pending):
        if self.state is None or int(pending.read_register("rsp")) != self.top:
            return None
        word = gdb.lookup_type("unsigned long")
        # Not where it is: gdb wants a caller's frame to lie above that of who is called.
        frame = FrameId(self.state["sp"].cast(word), pending.read_register("rip"))
        info = pending.create_unwind_info(frame)
        for register, field in REGISTERS:
            value = self.state[field].cast(word)
            # A caller is looked up by the byte before its address, which here belongs to the switch.
            info.add_saved_register(register, value + 1 if register == "rip" else value)
        return info

    def show(self, strand, do):
        """Do something while the strand's stack stands behind the innermost frame."""
        self.top = int(gdb.newest_frame().read_register("rsp"))
        self.state = strand["fiber"]["state"]
        gdb.invalidate_cached_frames()
        try:
            return do()
        finally:
            self.state = None
            gdb.invalidate_cached_frames()


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


UNWINDER = Suspended()
gdb.unwinder.register_unwinder(None, UNWINDER, replace=True)


def frames():
    """The frames of the strand that is shown: all but the innermost, which is the thread's own."""
    frame = gdb.newest_frame().older()
    while frame is not None:
        yield frame
        frame = frame.older()


def describe(frame):
    name = frame.name() or hex(frame.pc())
    place = frame.find_sal()
    if place.symtab is None:
        return name
    return "%s at %s:%d" % (name, place.symtab.filename, place.line)


def outermost_of_library(strand):
    """Which function of the interface the task has called: the outermost that begins with creel_."""

    def look():
        names = [frame.name() or "" for frame in frames()]
        return next((n for n in reversed(names) if n.startswith("creel_")), "?")

    return UNWINDER.show(strand, look)


def write_stack(strand):
    def write():
        for level, frame in enumerate(frames()):
            print("  #%-2d %s" % (level, describe(frame)))

    UNWINDER.show(strand, write)


def line_of(number, runner, strand):
    task = task_of(strand)
    what = name_of(task)
    address = int(task["future"].address) if task is not None else 0
    return "%4d  worker %-3d  task 0x%x  %s  in %s" % (
        number, int(runner["index"]), address, what, outermost_of_library(strand))


class Creel(gdb.Command):
    """The suspended tasks of creel: creel tasks, creel bt [NUMBER], creel frame NUMBER LEVEL|FUNCTION COMMAND."""

    def __init__(self):
        super().__init__("creel", gdb.COMMAND_STACK, prefix=True)


class Tasks(gdb.Command):
    """A line for each suspended task: number, worker, address, name or function, where it waits."""

    def __init__(self):
        super().__init__("creel tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        found = suspended()
        for number, (runner, strand) in enumerate(found):
            print(line_of(number, runner, strand))
        print("%d suspended" % len(found))


def chosen(text):
    """The task of this number."""
    found = suspended()
    if not text.isdigit() or int(text) >= len(found):
        raise gdb.GdbError("there is no suspended task %s: see creel tasks" % text)
    return int(text), found[int(text)]


class Backtrace(gdb.Command):
    """The stack of the suspended task of this number, or of all: creel bt [NUMBER]"""

    def __init__(self):
        super().__init__("creel bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if argument:
            wanted = [chosen(argument)]
        else:
            wanted = enumerate(suspended())
        for number, (runner, strand) in wanted:
            print(line_of(number, runner, strand))
            write_stack(strand)


def frame_of(level):
    """The frame of this number, or the innermost of the function of this name."""
    for number, frame in enumerate(frames()):
        if level in (str(number), frame.name()):
            return frame
    raise gdb.GdbError("there is no frame %s: see creel bt" % level)


class Frame(gdb.Command):
    """Run a command in a frame of a suspended task: creel frame NUMBER LEVEL|FUNCTION COMMAND"""

    def __init__(self):
        super().__init__("creel frame", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        words = argument.split(None, 2)
        if len(words) < 3:
            raise gdb.GdbError("creel frame NUMBER LEVEL|FUNCTION COMMAND")
        _, (_, strand) = chosen(words[0])

        def do():
            before = gdb.selected_frame()
            frame_of(words[1]).select()
            try:
                gdb.execute(words[2], from_tty)
            finally:
                before.select()

        UNWINDER.show(strand, do)


Creel()
Tasks()
Backtrace()
Frame()
