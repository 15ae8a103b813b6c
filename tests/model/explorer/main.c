/* SPDX-License-Identifier: MIT */
/*
 * main.c: the command line.
 *
 *     explore LIBRARY [MODEL...] [OPTION...]      without a model: all; a group is one, too
 *
 *     --list            name the models; --sites: the atomic accesses with their orders
 *     --memory M        sc, tso or views; more than one with commas; default tso,views
 *     --bound N         preemptions, instead of the model's own; --surprises N likewise
 *     --pct RUNS        instead of depth first, that many runs by chance; --depth D --seed S
 *     --random RUNS
 *     --seconds S       give up after so long, for each model and memory
 *     --cap STEPS       the length of a run that counts as a livelock
 *     --replay STRING   one run, told step by step
 *     --weaken PLACE    FILE:LINE[:WHAT][=ORDER]: make the order of these accesses that, or relaxed
 *     --all             leave nothing out that is equivalent: slow, to hold the rest against
 *     --quiet           of a finding its first lines only, and none of one that must be
 *
 * Exits with 0, with 1 if there was a finding, with 2 if it was not understood.
 */
#include "explorer/strategies.h"
#include "explorer/world.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define NAMES 64

static struct {
	const char *library, *names[NAMES], *memories, *replay;
	int name_count, bound, surprises;
	uint64_t pct, random, seed;
	unsigned depth;
	double seconds;
	bool list, sites, quiet;
} options = {.memories = "tso,views",
	.bound = -1,
	.surprises = -1,
	.seed = 1,
	.depth = 4,
	.seconds = 1e9};

typedef struct tally {
	uint64_t runs, redundant, steps;
	double seconds;
	bool exhausted, found;
} tally;

static double
seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Repeat the run that has just failed, with all it does. */
static void
tell(const char *choices)
{
	const strategy *before = world.strategy;
	const int bound = world.bound, surprises = world.surprises;
	const bool all_visible = world.all_visible;

	if (!replay_begin(choices)) {
		fprintf(stderr, "explore: \"%s\" is no string of choices\n", choices);
		exit(2);
	}
	world.strategy = &replay_strategy;
	world.bound = world.surprises = INT_MAX;
	world.all_visible = world.tracing = true;
	replay_strategy.next();
	if (world_run() == RUN_FAILED)
		printf("finding: %s\n", report_finding());
	else
		printf("no finding\n");
	world.tracing = false;
	world.all_visible = all_visible;
	world.strategy = before;
	world.bound = bound;
	world.surprises = surprises;
}

static const char *const memory_names[] = {"sc", "tso", "views"};

static void
report_failure(void)
{
	static char choices[32768];

	strcpy(choices, report_replay_string());
	if (world.model->must_fail && options.quiet)
		return;
	printf("finding: %s\n", report_finding());
	printf("replay: %s --replay '%s:%s'\n", world.model->name, memory_names[world.memory],
		choices);
	if (!world.model->must_fail && !options.quiet)
		tell(choices);
}

static tally
explore(void)
{
	const double begin = seconds_now();
	tally t = {0};

	while (world.strategy->next()) {
		const run_end end = world_run();

		t.runs++;
		t.steps += world.step;
		t.redundant += end == RUN_REDUNDANT;
		if (end == RUN_FAILED) {
			t.found = true;
			break;
		}
		if (world.changed_visible && world.strategy == &dfs_strategy)
			dfs_restart();
		world.changed_visible = false;
		if (t.runs % 1024 == 0 && seconds_now() - begin > options.seconds)
			break;
	}
	t.seconds = seconds_now() - begin;
	return t;
}

static void
print_row(const tally *t, const char *end)
{
	printf("%-20s %-6s %-6s %2d+%-2d %12llu %5.0f %8.2f s %7.0f/s  %s\n", world.model->name,
		memory_names[world.memory], world.strategy->name,
		world.bound == INT_MAX ? -1 : world.bound,
		world.surprises == INT_MAX ? -1 : world.surprises, (unsigned long long)t->runs,
		(double)t->steps / (double)t->runs, t->seconds, (double)t->runs / t->seconds, end);
	fflush(stdout);
}

/* Were the outcomes of all runs those that the memory model has? */
static bool
outcomes_are_right(void)
{
	const uint64_t wanted = world.model->outcomes[world.memory];

	if (wanted == 0 || wanted == world.outcomes)
		return true;
	printf("finding: the outcomes were %#llx, not %#llx\n", (unsigned long long)world.outcomes,
		(unsigned long long)wanted);
	return false;
}

/* One model in one memory; false: there was a finding, or, if there must be, there can be none. */
static bool
check(const model *m, memory_model memory)
{
	tally t;

	world.model = m;
	world.memory = memory;
	world.surprises = options.surprises >= 0 ? options.surprises : m->surprises;
	world.bound = INT_MAX;
	world.outcomes = 0;
	sites_forget();
	if (options.pct > 0 || options.random > 0) {
		world.strategy = options.pct > 0 ? &pct_strategy : &random_strategy;
		chance_begin(options.pct > 0 ? options.pct : options.random, options.depth,
			options.seed);
	} else {
		world.strategy = &dfs_strategy;
		world.bound = options.bound >= 0 ? options.bound : m->bound;
		dfs_restart();
	}
	t = explore();
	t.exhausted = !t.found && world.strategy == &dfs_strategy && t.seconds <= options.seconds;
	print_row(&t, t.found && m->must_fail ? "found, as it must be"
		      : t.found               ? "FOUND"
		      : t.exhausted           ? "exhausted"
					      : "nothing found");
	if (t.found)
		report_failure();
	if (m->must_fail)
		return t.found || !t.exhausted;
	return !t.found && (!t.exhausted || outcomes_are_right());
}

static bool
has_word(const char *list, const char *word)
{
	const size_t length = strlen(word);

	for (; list != NULL; list = strchr(list, ',')) {
		list += *list == ',';
		if (strncmp(list, word, length) == 0 &&
			(list[length] == ',' || list[length] == '\0' || list[length] == ':'))
			return true;
	}
	return false;
}

/* What must fail is right when it does in one of them. */
static bool
check_all_memories(const model *what)
{
	bool any = false;

	for (memory_model m = MEMORY_SC; m <= MEMORY_VIEWS; m++) {
		if (!has_word(options.memories, memory_names[m]))
			continue;
		if (check(what, m))
			any = true;
		else if (!what->must_fail)
			return false;
	}
	if (!any && what->must_fail)
		printf("finding: %s must fail, and does not\n", what->name);
	return any;
}

static void
crashed(int number, siginfo_t *info, void *context)
{
	static unsigned run, step;

	(void)context;
	if (number != SIGVTALRM)
		finding("a crash (signal %d) at address %p", number, info->si_addr);
	if (world.self != NULL && run == world.run && step == world.step)
		finding("a loop without end, in which nothing is shared");
	run = world.run;
	step = world.step;
}

static void
catch_crashes(void)
{
	static char stack[65536];
	const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGVTALRM};
	struct sigaction action = {.sa_sigaction = crashed,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART};

	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
	setitimer(ITIMER_VIRTUAL,
		&(struct itimerval){.it_interval.tv_sec = 5, .it_value.tv_sec = 5}, NULL);
}

static int
bad(const char *what, const char *why)
{
	fprintf(stderr, "explore: %s: %s\n", what, why);
	return 2;
}

enum { MOST_WEAKENED = 64 };
static const char *weaken[MOST_WEAKENED];
static int weaken_count;

/* The clocks of a run are small numbers. */
static unsigned
clamp_cap(int steps)
{
	return steps < 1 ? 1 : steps > CAP_MAX ? CAP_MAX : (unsigned)steps;
}

/* An option with its value; false: there is none of that name. */
static bool
set_option(const char *name, const char *value)
{
	if (strcmp(name, "--memory") == 0)
		options.memories = value;
	else if (strcmp(name, "--bound") == 0)
		options.bound = atoi(value);
	else if (strcmp(name, "--surprises") == 0)
		options.surprises = atoi(value);
	else if (strcmp(name, "--pct") == 0)
		options.pct = strtoull(value, NULL, 10);
	else if (strcmp(name, "--random") == 0)
		options.random = strtoull(value, NULL, 10);
	else if (strcmp(name, "--depth") == 0)
		options.depth = (unsigned)atoi(value);
	else if (strcmp(name, "--seed") == 0)
		options.seed = strtoull(value, NULL, 10);
	else if (strcmp(name, "--seconds") == 0)
		options.seconds = atof(value);
	else if (strcmp(name, "--cap") == 0)
		world.cap = clamp_cap(atoi(value));
	else if (strcmp(name, "--replay") == 0)
		options.replay = value;
	else if (strcmp(name, "--weaken") == 0 && weaken_count < MOST_WEAKENED)
		weaken[weaken_count++] = value;
	else
		return false;
	return true;
}

static int
read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0)
			options.list = true;
		else if (strcmp(argv[i], "--sites") == 0)
			options.sites = true;
		else if (strcmp(argv[i], "--all") == 0)
			world.all_visible = world.no_sleep = true;
		else if (strcmp(argv[i], "--quiet") == 0)
			options.quiet = true;
		else if (argv[i][0] == '-' && (i + 1 == argc || !set_option(argv[i], argv[i + 1])))
			return bad(argv[i], "is no option, or has no value");
		else if (argv[i][0] == '-')
			i++;
		else if (options.library == NULL)
			options.library = argv[i];
		else if (options.name_count < NAMES)
			options.names[options.name_count++] = argv[i];
	}
	return options.library != NULL ? 0 : bad("explore", "which library?");
}

static void
print_sites(void)
{
	static const char *const names[] = {
		"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};

	for (size_t i = 0; i < image.site_count; i++)
		printf("%s:%d:%s\t%s\n", image.sites[i].file, image.sites[i].line,
			image.sites[i].what, names[image.sites[i].order]);
}

static bool
wanted(const model *m)
{
	for (int i = 0; i < options.name_count; i++) {
		const size_t length = strlen(options.names[i]);

		if (strncmp(options.names[i], m->name, length) == 0 &&
			(m->name[length] == '\0' || m->name[length] == '.'))
			return true;
	}
	return options.name_count == 0;
}

/* "MEMORY:CHOICES" */
static int
replay(const model *what)
{
	const char *choices = strchr(options.replay, ':');

	for (memory_model m = MEMORY_SC; m <= MEMORY_VIEWS; m++)
		if (choices != NULL && has_word(options.replay, memory_names[m])) {
			world.model = what;
			world.memory = m;
			tell(choices + 1);
			return world.end == RUN_FAILED;
		}
	return bad(options.replay, "a replay string begins with its memory and a colon");
}

int
main(int argc, char **argv)
{
	const model *models;
	int result, checked = 0;

	world.cap = 20000;
	if ((result = read_options(argc, argv)) != 0)
		return result;
	heap_init();
	if ((models = image_load(options.library)) == NULL)
		return 2;
	race_init();
	for (int i = 0; i < weaken_count; i++)
		image_weaken(weaken[i]);
	if (options.sites)
		print_sites();
	catch_crashes();
	for (const model *m = models; m->name != NULL; m++) {
		if (!wanted(m) || options.sites)
			continue;
		checked++;
		if (options.list)
			printf("%-20s %s\n", m->name, m->text);
		else if (options.replay != NULL)
			return replay(m);
		else if (!check_all_memories(m))
			result = 1;
	}
	return checked > 0 || options.sites ? result
					    : bad(options.names[0], "there is no such model");
}
