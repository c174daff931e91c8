/* Measures ink in JSON without building lists. recognizer/drawings/ink_scanner.py is its caller. */

#include <math.h>
#include <string.h>

#include "ink_json.h"

static const double MAX_NUMBER = 1e12;

typedef struct {
    int64_t strokes, points;
    double left, top, right, bottom;
} InkSize;

/* Return the end of a number that orjson would write with the same characters, or NULL. */
static const char *scan_number(const char *at, double *value) {
    const char *start = at + (*at == '-'), *end = parse_number(at, value);
    if (end == NULL || end - start > 15 || fabs(*value) > MAX_NUMBER) return NULL;
    size_t length = (size_t)(end - start);
    const char *point = memchr(start, '.', length);
    if (point == start || memchr(start, 'e', length)) return NULL;
    if (*start == '0' && start[1] != '.' && (start + 1 != end || start != at)) return NULL;
    if (point == NULL) return end;
    if (*value != 0 && fabs(*value) < 1e-4) return NULL; /* with an exponent */
    return end[-1] == '0' && point + 2 != end ? NULL : end;
}

static const char *scan_point(const char *at, InkSize *size) {
    double x, y, ignored;
    if (*at++ != '[' || !(at = scan_number(at, &x))) return NULL;
    if (*at++ != ',' || !(at = scan_number(at, &y))) return NULL;
    for (int more = 0; *at == ','; more++)
        if (more == 2 || !(at = scan_number(at + 1, &ignored))) return NULL;
    if (*at++ != ']') return NULL;
    if (size->points++ == 0) size->left = size->right = x, size->top = size->bottom = y;
    if (x < size->left) size->left = x;
    if (x > size->right) size->right = x;
    if (y < size->top) size->top = y;
    if (y > size->bottom) size->bottom = y;
    return at;
}

/* Return the length of the ink at the start of a text, or 0 if Python has to read it: it is invalid
   or not written as orjson would write it. */
int64_t scan_ink(const char *text, InkSize *size) {
    const char *at = text;
    memset(size, 0, sizeof *size);
    if (*at++ != '[') return 0;
    do {
        if (*at++ != '[') return 0;
        do {
            if (!(at = scan_point(at, size))) return 0;
        } while (*at++ == ',');
        if (at[-1] != ']') return 0;
        size->strokes++;
    } while (*at++ == ',');
    return at[-1] == ']' ? at - text : 0;
}
