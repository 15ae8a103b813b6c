/* SPDX-License-Identifier: MIT */
/*
 * mandelbrot.c: the Mandelbrot set as a PNG, drawn serially, then by creel_parallel_for().
 *
 * A row through the middle of the set takes hundreds of times as long as one at the edge. The workers
 * take row after row until none is left, so none of them waits long for the others. Each row is written
 * by one worker, and read when creel_parallel_for() has returned: no lock is needed.
 *
 *     mandelbrot [FILE [WIDTH HEIGHT]]     mandelbrot.png, 1600 by 900
 *
 * prints both times and their ratio, and whether both pictures are the same, byte for byte. The exit
 * status is 0, or 1 if something failed, or 2 if the arguments are wrong.
 */
#include "util/human.h"
#include "util/program.h"

#include <creel/creel.h>
#include <png.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_SIDE 20000 /* pixels */
#define PATIENCE 1000      /* steps; a point that is still there then counts as one of the set */
#define PIXEL 3            /* bytes: red, green, blue */

struct picture {
	size_t width, height;
	unsigned char *rows;
};

/* The set is black; around it, the slower the orbit leaves the circle of radius 2, the brighter, and from
 * blue to red. */
static void
paint(unsigned char pixel[PIXEL], double c_re, double c_im)
{
	double re = 0, im = 0, light, t;
	int steps = 0;

	for (; steps < PATIENCE && re * re + im * im <= 4; steps++) {
		const double next = re * re - im * im + c_re;

		im = 2 * re * im + c_im;
		re = next;
	}
	light = steps == PATIENCE ? 0 : 255;
	t = (double)(steps % 100) / 100;
	pixel[0] = (unsigned char)(light * 9 * (1 - t) * t * t * t);
	pixel[1] = (unsigned char)(light * 15 * (1 - t) * (1 - t) * t * t);
	pixel[2] = (unsigned char)(light * 8.5 * (1 - t) * (1 - t) * (1 - t) * t);
}

/* The rows from begin to end - 1. The whole picture is 2.5 units of the plane high. */
static void
draw_rows(size_t begin, size_t end, void *ctx)
{
	const struct picture *picture = ctx;
	const double unit = 2.5 / (double)picture->height; /* of one pixel */
	const double left = -0.7 - unit * (double)picture->width / 2;

	for (size_t y = begin; y < end; y++)
		for (size_t x = 0; x < picture->width; x++)
			paint(&picture->rows[(y * picture->width + x) * PIXEL],
				left + unit * (double)x, 1.25 - unit * (double)y);
}

static bool
draw(creel_pool *pool, struct picture *serial, struct picture *pooled)
{
	int64_t begin = creel_now(), middle;
	bool same;

	draw_rows(0, serial->height, serial);
	middle = creel_now();
	if (creel_parallel_for(pool, 0, pooled->height, 1, draw_rows, pooled) != CREEL_OK)
		return say_failed("mandelbrot");
	print_speed_up(middle - begin, creel_now() - middle);
	same = memcmp(serial->rows, pooled->rows, pooled->width * pooled->height * PIXEL) == 0;
	printf("check     %s\n", same ? "the same picture" : "DIFFERENT pictures");
	return same;
}

static bool
write_png(const struct picture *picture, const char *name)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
		.width = (png_uint_32)picture->width,
		.height = (png_uint_32)picture->height,
		.format = PNG_FORMAT_RGB};
	FILE *file = fopen(name, "wb");
	bool good =
		file != NULL && png_image_write_to_stdio(&image, file, 0, picture->rows, 0, NULL);

	if (file != NULL && fclose(file) != 0)
		good = false;
	if (good)
		printf("file      %s\n", name);
	else
		fprintf(stderr, "mandelbrot: %s: %s\n", name,
			image.message[0] != '\0' ? image.message : strerror(errno));
	return good;
}

int
main(int argc, char *argv[])
{
	struct picture serial = {.width = 1600, .height = 900}, pooled;
	creel_pool *pool;
	size_t pixels;
	bool good = false;

	if (argc == 3 || argc > 4 ||
		(argc == 4 && (!read_size(argv[2], 1, LONGEST_SIDE, &serial.width) ||
				      !read_size(argv[3], 1, LONGEST_SIDE, &serial.height)))) {
		fprintf(stderr, "usage: mandelbrot [FILE [WIDTH HEIGHT]]     sides of 1 to %d\n",
			LONGEST_SIDE);
		return 2;
	}
	pixels = serial.width * serial.height;
	pooled = serial;
	serial.rows = malloc(pixels * PIXEL);
	pooled.rows = malloc(pixels * PIXEL);
	pool = creel_pool_create(NULL); /* one worker per CPU */
	printf("pixels    %s\n", human_count(pixels).text);
	printf("workers   %zu\n", creel_pool_size(pool));
	if (pool == NULL)
		say_failed("mandelbrot");
	else if (serial.rows == NULL || pooled.rows == NULL)
		fputs("mandelbrot: no memory for the pictures\n", stderr);
	else
		good = draw(pool, &serial, &pooled) &&
		       write_png(&pooled, argc > 1 ? argv[1] : "mandelbrot.png");
	creel_pool_destroy(pool);
	free(pooled.rows);
	free(serial.rows);
	return end_program("mandelbrot", good);
}
