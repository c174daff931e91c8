/* The ink of a drawing, and its parser. */

#include <stdint.h>
#include <stdlib.h>

/* The points of a drawing. Its strokes begin at the point `first` and end before ends[i]. */
typedef struct {
    double *x, *y;
    int64_t first, *ends, num_strokes;
} Ink;

static const double POWERS_OF_TEN[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* Return the end of a number, or NULL. Up to 15 digits, the quotient of two exact integers is the
   nearest double; other numbers take the slower strtod. */
static const char *parse_number(const char *at, double *value) {
    const char *start = at, *digits, *point = NULL;
    uint64_t mantissa = 0;
    if (*at == '-') at++;
    for (digits = at; (*at >= '0' && *at <= '9') || (*at == '.' && point == NULL); at++)
        if (*at == '.')
            point = at;
        else
            mantissa = mantissa * 10 + (uint64_t)(*at - '0');
    if (at == digits || at[-1] == '.') return NULL;
    if (at - digits <= 15 && *at != 'e') {
        double magnitude = (double)mantissa / POWERS_OF_TEN[point ? at - point - 1 : 0];
        *value = *start == '-' ? -magnitude : magnitude;
        return at;
    }
    while ((*at >= '0' && *at <= '9') || *at == 'e' || *at == '-' || *at == '+') at++;
    char *end;
    *value = strtod(start, &end);
    return end == at ? at : NULL; /* a locale may have another decimal point */
}

/* Parse `[[[x,y,…],…],…]` without spaces, as orjson writes it, up to a line feed. */
static int parse_ink(const char *at, Ink *ink) {
    int64_t count = 0;
    double ignored;
    ink->num_strokes = 0;
    if (*at++ != '[') return 0;
    do {
        if (*at++ != '[') return 0;
        do {
            if (*at++ != '[' || !(at = parse_number(at, &ink->x[count]))) return 0;
            if (*at++ != ',' || !(at = parse_number(at, &ink->y[count]))) return 0;
            while (*at == ',')
                if (!(at = parse_number(at + 1, &ignored))) return 0;
            if (*at++ != ']') return 0;
            count++;
        } while (*at++ == ',');
        if (at[-1] != ']') return 0;
        ink->ends[ink->num_strokes++] = count;
    } while (*at++ == ',');
    return at[-1] == ']' && *at == '\n';
}
