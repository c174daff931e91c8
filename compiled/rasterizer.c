/* The compiled form of rasterize.py: the same arithmetic, pixel for pixel.

   tests/ml/preprocessing/test_compiled_rasterizer.py compares the two. Lines follow Pillow's
   ImagingDrawWideLine: single precision along the edges, and its rules for corners. A row of the
   canvas is one 128-bit integer. Compile with -ffp-contract=off: a fused multiply-add rounds once
   where Python rounds twice. */

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ink_json.h"

enum { IMAGE_SIZE = 28, OVERSAMPLING = 4, CANVAS_SIZE = IMAGE_SIZE * OVERSAMPLING, MAX_SHIFT = 16 };

typedef unsigned __int128 Row; /* bit x is the pixel in column x */

typedef struct {
    double fit_size; /* of the larger side of the ink, in canvas pixels */
    double sharp_turn_cos;
    int64_t radius;            /* half of the pen width, rounded down */
    const int64_t *dot_widths; /* of the 2 * radius + 1 rows of a dot, all odd */
} Pen;

typedef struct {
    int x0, y0, ymin, ymax;
    float slope;
} Edge;

typedef struct {
    float x[8]; /* ascending */
    int count;
} Crossings;

static void fill_span(Row *canvas, int y, int left, int right) {
    if (left < 0) left = 0;
    if (right > CANVAS_SIZE - 1) right = CANVAS_SIZE - 1;
    if (y >= 0 && y < CANVAS_SIZE && left <= right)
        canvas[y] |= ((((Row)1 << (right - left)) << 1) - 1) << left;
}

/* -- Lines ------------------------------------------------------------------------------------ */

/* Rounding of values that are at least 0, half up and half down. */
static int round_up(float x) { return (int)x + (x - (int)x >= 0.5F); }

static int round_down(double x) { return (int)x + (x - (int)x > 0.5); }

static float cross_edge(const Edge *edge, int y) { return (y - edge->y0) * edge->slope + edge->x0; }

static int has_corner(const Edge *edge, int y) {
    return (y == edge->ymin || y == edge->ymax) && edge->slope != 0;
}

/* Return the crossing x of row y with edges[i]. If two slanted edges meet there, in a corner more
   than a pixel beyond their crossings with the adjacent row, Pillow moves it next to those. */
static float move_corner(Edge *const *edges, int i, int y, float x) {
    int adjacent = y == edges[i]->ymax ? y - 1 : y + 1;
    for (int k = 0; k < i; k++) {
        if (!has_corner(edges[k], y) || round_up(x) != round_up(cross_edge(edges[k], y))) continue;
        if (adjacent < edges[k]->ymin || adjacent > edges[k]->ymax) continue;
        float a = cross_edge(edges[i], adjacent), b = cross_edge(edges[k], adjacent);
        if (x > a + 1 && x > b + 1) return round_up(fmaxf(a, b)) + 1;
        if (x < a - 1 && x < b - 1) return round_up(fminf(a, b)) - 1;
        return x;
    }
    return x;
}

static void add_crossing(Crossings *row, float x) {
    int i = row->count++;
    for (; i > 0 && row->x[i - 1] > x; i--) row->x[i] = row->x[i - 1];
    row->x[i] = x;
}

/* Fill a parallelogram. */
static void fill_edges(Row *canvas, Edge *const *edges, int num_edges, int top, int bottom) {
    Crossings rows[CANVAS_SIZE];
    for (int y = top; y <= bottom; y++) rows[y].count = 0;
    for (int i = 0; i < num_edges; i++)
        for (int y = edges[i]->ymin; y <= edges[i]->ymax; y++) {
            float x = cross_edge(edges[i], y);
            if (y == edges[i]->ymax && y < bottom)
                add_crossing(&rows[y], x);
            else if (has_corner(edges[i], y))
                x = move_corner(edges, i, y, x);
            add_crossing(&rows[y], x);
        }
    for (int y = top; y <= bottom; y++)
        for (int i = 1; i < rows[y].count; i += 2)
            fill_span(canvas, y, round_up(rows[y].x[i - 1]), round_down(rows[y].x[i]));
}

static void draw_line(Row *canvas, int x0, int y0, int x1, int y1, int radius) {
    int dx = x1 - x0, dy = y1 - y0, top = CANVAS_SIZE, bottom = 0, num_edges = 0;
    if (dx == 0 && dy == 0) {
        fill_span(canvas, y0, x0, x0);
        return;
    }
    double ratio = radius / hypot(dx, dy);
    int across_x = round_down(ratio * abs(dy)), across_y = round_down(ratio * abs(dx));
    if (dy < 0) across_x = -across_x;
    if (dx < 0) across_y = -across_y;
    int xs[5] = {x0 - across_x, x1 - across_x, x1 + across_x, x0 + across_x, x0 - across_x};
    int ys[5] = {y0 + across_y, y1 + across_y, y1 - across_y, y0 - across_y, y0 + across_y};
    Edge all[4], *edges[4];
    for (int i = 0; i < 4; i++) {
        int left = xs[i] < xs[i + 1] ? i : i + 1, up = ys[i] < ys[i + 1] ? i : i + 1;
        if (ys[up] < top) top = ys[up];
        if (ys[i] > bottom) bottom = ys[i];
        if (ys[i] == ys[i + 1])
            fill_span(canvas, ys[i], xs[left], xs[i] + xs[i + 1] - xs[left]);
        else {
            float slope = (float)(xs[i + 1] - xs[i]) / (ys[i + 1] - ys[i]);
            all[i] = (Edge){xs[i], ys[i], ys[up], ys[i] + ys[i + 1] - ys[up], slope};
            edges[num_edges++] = &all[i];
        }
    }
    fill_edges(canvas, edges, num_edges, top, bottom);
}

/* -- Strokes ---------------------------------------------------------------------------------- */

static int64_t last_point(const Ink *ink) { return ink->ends[ink->num_strokes - 1]; }

/* Convert the points to canvas pixels. Return whether they can be drawn. */
static int fit_to_canvas(Ink *ink, double fit_size) {
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (int64_t i = ink->first; i < last_point(ink); i++) {
        double x = ink->x[i], y = ink->y[i];
        if (!(fabs(x) < 1e150 && fabs(y) < 1e150)) return 0;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
    }
    double extent = right - left > bottom - top ? right - left : bottom - top;
    double scale = extent > DBL_MIN ? fit_size / extent : 1;
    double middle_x = (left + right) / 2, middle_y = (top + bottom) / 2;
    for (int64_t i = ink->first; i < last_point(ink); i++) {
        ink->x[i] = rint((ink->x[i] - middle_x) * scale + (CANVAS_SIZE - 1) / 2.0);
        ink->y[i] = rint((ink->y[i] - middle_y) * scale + (CANVAS_SIZE - 1) / 2.0);
    }
    return 1;
}

/* Keep points about two canvas pixels apart, and both ends of each stroke. */
static void drop_close_points(Ink *ink) {
    int64_t kept = ink->first, start = ink->first;
    for (int64_t s = 0; s < ink->num_strokes; s++) {
        double distance = 0, from_x = ink->x[start], from_y = ink->y[start];
        int64_t end = ink->ends[s], interval = 0;
        for (int64_t i = start; i < end; i++) {
            double x = ink->x[i], y = ink->y[i];
            distance += hypot(x - from_x, y - from_y);
            int64_t next_interval = (int64_t)(distance / 2.0);
            if (next_interval != interval || i == start || i == end - 1) {
                ink->x[kept] = x;
                ink->y[kept++] = y;
            }
            from_x = x, from_y = y, interval = next_interval;
        }
        ink->ends[s] = kept;
        start = end;
    }
}

static void draw_dot(Row *canvas, int x, int y, const Pen *pen) {
    for (int row = 0; row <= 2 * pen->radius; row++) {
        int half = (int)pen->dot_widths[row] / 2;
        fill_span(canvas, y - (int)pen->radius + row, x - half, x + half);
    }
}

/* Ends and sharp turns get dots. */
static void draw_strokes(Row *canvas, const Ink *ink, const Pen *pen) {
    int64_t start = ink->first;
    for (int64_t s = 0; s < ink->num_strokes; s++) {
        double last_dx = 0, last_dy = 0, last_norm = 0;
        for (int64_t i = start; i < ink->ends[s]; i++) {
            int x = (int)ink->x[i], y = (int)ink->y[i];
            if (i == start || i == ink->ends[s] - 1) draw_dot(canvas, x, y, pen);
            if (i == ink->ends[s] - 1) break;
            double dx = ink->x[i + 1] - x, dy = ink->y[i + 1] - y, norm = hypot(dx, dy);
            if (dx * last_dx + dy * last_dy < pen->sharp_turn_cos * norm * last_norm)
                draw_dot(canvas, x, y, pen);
            draw_line(canvas, x, y, x + (int)dx, y + (int)dy, (int)pen->radius);
            last_dx = dx, last_dy = dy, last_norm = norm;
        }
        start = ink->ends[s];
    }
}

/* -- Rasters ---------------------------------------------------------------------------------- */

/* Average squares of four by four canvas pixels, each 0 or 255. Each byte of `counts` counts the
   pixels of one square: the even squares of columns 0 to 63, the odd ones, those of the rest. */
static void downsample(const Row *canvas, uint8_t *raster) {
    for (int y = 0; y < IMAGE_SIZE; y++) {
        uint64_t counts[4] = {0};
        for (int i = 0; i < 2 * OVERSAMPLING; i++) {
            uint64_t bits = (uint64_t)(canvas[OVERSAMPLING * y + i / 2] >> 64 * (i % 2));
            bits -= bits >> 1 & 0x5555555555555555;
            bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
            counts[i % 2 * 2] += bits & 0x0f0f0f0f0f0f0f0f;
            counts[i % 2 * 2 + 1] += bits >> 4 & 0x0f0f0f0f0f0f0f0f;
        }
        for (int x = 0; x < IMAGE_SIZE; x++) {
            unsigned count = counts[x / 16 * 2 + x % 2] >> x % 16 / 2 * 8 & 31;
            raster[IMAGE_SIZE * y + x] = (uint8_t)((255 * count + 8) / 16);
        }
    }
}

static int limit_shift(double shift) {
    return shift > MAX_SHIFT ? MAX_SHIFT : shift < -MAX_SHIFT ? -MAX_SHIFT : (int)shift;
}

/* Move the centre of mass into the middle, by whole canvas pixels. */
static void centre_canvas(Row *canvas, uint8_t *raster) {
    int64_t mass = 0, doubled_x = 0, doubled_y = 0; /* moments in half pixels */
    for (int y = 0; y < IMAGE_SIZE; y++)
        for (int x = 0; x < IMAGE_SIZE; x++) {
            int value = raster[IMAGE_SIZE * y + x];
            mass += value;
            doubled_x += value * (2 * x - IMAGE_SIZE + 1);
            doubled_y += value * (2 * y - IMAGE_SIZE + 1);
        }
    double total = mass > 1 ? (double)mass : 1;
    int right = limit_shift(rint((double)doubled_x / 2 / total * OVERSAMPLING));
    int down = limit_shift(rint((double)doubled_y / 2 / total * OVERSAMPLING));
    Row moved[CANVAS_SIZE] = {0};
    for (int y = 0; y < CANVAS_SIZE; y++)
        if (y + down >= 0 && y + down < CANVAS_SIZE) {
            Row row = canvas[y + down];
            moved[y] = right >= 0 ? row >> right : row << -right & (((Row)1 << CANVAS_SIZE) - 1);
        }
    downsample(moved, raster);
}

static int rasterize_ink(Ink *ink, const Pen *pen, uint8_t *raster) {
    if (!fit_to_canvas(ink, pen->fit_size)) return 0;
    Row canvas[CANVAS_SIZE] = {0};
    drop_close_points(ink);
    draw_strokes(canvas, ink, pen);
    downsample(canvas, raster);
    centre_canvas(canvas, raster);
    return 1;
}

/* -- Interface -------------------------------------------------------------------------------- */

/* Draw drawings, each JSON and a line feed, into `rasters`. `is_drawn[i]` is 0 for a drawing that
   is left to Python. Return 0 if memory is missing. */
int rasterize_json(const char *texts, int64_t count, const Pen *pen, uint8_t *rasters,
                   uint8_t *is_drawn) {
    size_t max_points = strlen(texts) / strlen("[0,0],") + 1;
    Ink ink = {.x = malloc(max_points * (2 * sizeof(double) + sizeof(int64_t)))};
    if (ink.x == NULL) return 0;
    ink.y = ink.x + max_points;
    ink.ends = (int64_t *)(ink.y + max_points);
    for (int64_t i = 0; i < count; i++, texts = strchr(texts, '\n') + 1)
        is_drawn[i] = parse_ink(texts, &ink) &&
                      rasterize_ink(&ink, pen, rasters + i * IMAGE_SIZE * IMAGE_SIZE);
    free(ink.x);
    return 1;
}

/* The same for points, which are changed. Stroke i is the points from bounds[i] to bounds[i + 1],
   drawing i the strokes from strokes_of[i] to strokes_of[i + 1]; none is empty. */
void rasterize_points(double *x, double *y, int64_t *bounds, const int64_t *strokes_of,
                      int64_t count, const Pen *pen, uint8_t *rasters, uint8_t *is_drawn) {
    int64_t first = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t next_first = bounds[strokes_of[i + 1]];
        Ink ink = {x, y, first, bounds + strokes_of[i] + 1, strokes_of[i + 1] - strokes_of[i]};
        is_drawn[i] = rasterize_ink(&ink, pen, rasters + i * IMAGE_SIZE * IMAGE_SIZE);
        first = next_first;
    }
}
