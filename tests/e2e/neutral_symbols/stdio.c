#include "show.h"
#include <stdio_ext.h>
#include <err.h>
#include <stddef.h>
#include <stdint.h>

extern int _IO_getc(FILE *), _IO_putc(int, FILE *);
extern ssize_t __getdelim(char **, size_t *, int, FILE *);
extern int __isoc99_scanf(const char *, ...), __isoc99_fscanf(FILE *, const char *, ...), __isoc99_sscanf(const char *, const char *, ...);
extern int __isoc99_vscanf(const char *, va_list), __isoc99_vfscanf(FILE *, const char *, va_list), __isoc99_vsscanf(const char *, const char *, va_list);
extern int getw(FILE *), putw(int, FILE *);

static char line[256];
static int number, second;

static int formatted(int (*call)(va_list), ...) {
    va_list given;
    va_start(given, call);
    int result = call(given);
    va_end(given);
    return result;
}
static FILE *file;
static const char *form;
static int by_vprintf(va_list given) { return vprintf(form, given); }
static int by_vfprintf(va_list given) { return vfprintf(file, form, given); }
static int by_vsprintf(va_list given) { return vsprintf(line, form, given); }
static int by_vsnprintf(va_list given) { return vsnprintf(line, 5, form, given); }
static int by_vdprintf(va_list given) { return vdprintf(fileno(file), form, given); }
static int by_vasprintf(va_list given) { char *made; int count = vasprintf(&made, form, given); strcpy(line, made); free(made); return count; }
static int by_vfscanf(va_list given) { return (vfscanf)(file, form, given); }
static int by_vsscanf(va_list given) { return (vsscanf)("7 8", form, given); }
static int by_vscanf(va_list given) { return (vscanf)(form, given); }
static int by_isoc99_vfscanf(va_list given) { return __isoc99_vfscanf(file, form, given); }
static int by_isoc99_vsscanf(va_list given) { return __isoc99_vsscanf("17 18", form, given); }
static int by_isoc99_vscanf(va_list given) { return __isoc99_vscanf(form, given); }
static int by_vwarn(va_list given) { vwarn(form, given); return 0; }
static int by_vwarnx(va_list given) { vwarnx(form, given); return 0; }
static int by_verr(va_list given) { verr(9, form, given); return 0; }
static int by_verrx(va_list given) { verrx(9, form, given); return 0; }

#define FORM(symbol, ...) do { IS(symbol, snprintf(line, sizeof line, __VA_ARGS__)); IS(symbol, (char *)line); } while (0)
#define ALL(...) do { FORM(snprintf, __VA_ARGS__); } while (0)

static void text_of(const char *words) {
    freopen("in", "w+", file);
    fputs(words, file);
    rewind(file);
}

static char said[256];
/* What goes to the error stream, read back. */
#define SAID(symbol, action) \
    do { \
        fflush(stderr); \
        int kept = dup(2), into = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600), status = 0; \
        dup2(into, 2); \
        pid_t pid = fork(); \
        if (pid == 0) { action; fflush(stderr); _exit(0); } \
        waitpid(pid, &status, 0); \
        dup2(kept, 2); close(kept); \
        ssize_t count = pread(into, said, sizeof said - 1, 0); \
        said[count < 0 ? 0 : count] = 0; \
        close(into); \
        IS(symbol, (char *)said); IS(symbol, WEXITSTATUS(status)); \
    } while (0)

static ssize_t given(void *cookie, char *into, size_t size) { (void)cookie; if (size > 3) size = 3; memcpy(into, "abc", size); return number++ ? 0 : (ssize_t)size; }

void show(void) {
    char *made = NULL; size_t size = 0; fpos_t place; double d; long double l; char word[32];
    file = fopen("in", "w+");
    IS(fopen, file);
    IS(fopen, fopen("no/such/file", "r"));
    IS(fputs, fputs("line one\nline two\n12 34\n", file) >= 0);
    IS(fputc, fputc('x', file));
    IS(putc, (putc)('y', file));
    IS(_IO_putc, _IO_putc('z', file));
    IS(fwrite, fwrite("abcd", 2, 2, file));
    IS(fputs_unlocked, fputs_unlocked("w", file) >= 0);
    IS(fputc_unlocked, fputc_unlocked('1', file));
    IS(putc_unlocked, (putc_unlocked)('2', file));
    IS(fwrite_unlocked, fwrite_unlocked("3", 1, 1, file));
    IS(putw, putw(65, file));
    IS(ftell, ftell(file));
    IS(ftello, ftello(file));
    IS(fflush, fflush(file));
    IS(fflush_unlocked, fflush_unlocked(file));
    DOES(rewind, rewind(file), ftell(file));
    IS(fgets, fgets(line, sizeof line, file));
    IS(fgetc, fgetc(file));
    IS(getc, (getc)(file));
    IS(_IO_getc, _IO_getc(file));
    IS(getc_unlocked, (getc_unlocked)(file));
    IS(fgetc_unlocked, fgetc_unlocked(file));
    IS(ungetc, ungetc('Q', file));
    IS(fgetc, fgetc(file));
    IS(getline, getline(&made, &size, file));
    IS(getline, made);
    IS(__isoc99_fscanf, (fscanf)(file, "%d", &number));
    IS(__isoc99_fscanf, number);
    IS(__isoc99_fscanf, __isoc99_fscanf(file, "%d", &number));
    IS(__isoc99_fscanf, number);
    IS(getdelim, getdelim(&made, &size, 'y', file));
    IS(__getdelim, __getdelim(&made, &size, 'z', file));
    IS(__getdelim, made);
    IS(fread, fread(line, 1, 2, file));
    IS(fread_unlocked, fread_unlocked(line, 1, 6, file));
    IS(getw, getw(file));
    IS(fgets_unlocked, fgets_unlocked(line, 3, file));
    IS(feof, feof(file) != 0);
    IS(feof_unlocked, feof_unlocked(file) != 0);
    IS(ferror, ferror(file));
    IS(ferror_unlocked, ferror_unlocked(file));
    DOES(clearerr, clearerr(file), feof(file));
    FILE *inlined = fopen("inlined", "w+"); /* as getc_unlocked and putc_unlocked are where a compiler optimises */
    for (number = 0; number < 20000; number++) __putc_unlocked_body(number % 251, inlined);
    IS(__overflow, ftell(inlined)); rewind(inlined); size = 0; number = 0;
    for (int read; (read = __getc_unlocked_body(inlined)) != EOF; number++) size = size * 31 + read;
    IS(__uflow, size);
    IS(__uflow, number);
    IS(__uflow, __feof_unlocked_body(inlined));
    IS(__uflow, __ferror_unlocked_body(inlined));
    IS(__uflow, ungetc('u', inlined) + __getc_unlocked_body(inlined)); fclose(inlined); inlined = fopen("inlined", "r");
    IS(__overflow, __putc_unlocked_body('n', inlined) == EOF);
    IS(__overflow, __ferror_unlocked_body(inlined)); fclose(inlined);
    DOES(clearerr_unlocked, clearerr_unlocked(file), feof(file));
    IS(fseek, fseek(file, 3, SEEK_SET));
    IS(fseek, fseek(file, -100, SEEK_CUR));
    IS(fseeko, fseeko(file, -2, SEEK_END));
    IS(fgetpos, fgetpos(file, &place)); rewind(file);
    IS(fsetpos, fsetpos(file, &place));
    IS(fsetpos, ftell(file));
    IS(fileno, fileno(file) > 2);
    IS(fileno_unlocked, fileno_unlocked(file) == fileno(file));
    DOES(flockfile, flockfile(file), 0);
    IS(ftrylockfile, ftrylockfile(file));
    DOES(funlockfile, (funlockfile(file), funlockfile(file)), 0);
    IS(__fbufsize, __fbufsize(file) > 0);
    IS(__flbf, __flbf(file) != 0);
    IS(__fpending, __fpending(file)); fputs("ab", file);
    IS(__fpending, __fpending(file));
    IS(__fwriting, __fwriting(file) != 0);
    IS(__freading, __freading(file) != 0);
    IS(__freadable, __freadable(file) != 0);
    IS(__fwritable, __fwritable(file) != 0);
    DOES(__fpurge, __fpurge(file), __fpending(file));
    DOES(_flushlbf, _flushlbf(), 0);
    text_of("5 6\n"); form = "%d%d";
    IS(__isoc99_vfscanf, formatted(by_vfscanf, &number, &second));
    IS(__isoc99_vfscanf, number * 10 + second); rewind(file);
    IS(__isoc99_vfscanf, formatted(by_isoc99_vfscanf, &second, &number));
    IS(__isoc99_vfscanf, number * 10 + second);
    IS(__isoc99_vsscanf, formatted(by_vsscanf, &number, &second));
    IS(__isoc99_vsscanf, number * 10 + second);
    IS(__isoc99_vsscanf, formatted(by_isoc99_vsscanf, &number, &second));
    IS(__isoc99_vsscanf, number * 10 + second);
    IS(__isoc99_sscanf, (sscanf)("0x1f abc 2.5 9.25", "%i %3[a-c] %lf %Lf", &number, word, &d, &l));
    IS(__isoc99_sscanf, number);
    IS(__isoc99_sscanf, (char *)word);
    IS(__isoc99_sscanf, d);
    IS(__isoc99_sscanf, l);
    IS(__isoc99_sscanf, (sscanf)("x", "%d", &number));
    IS(__isoc99_sscanf, (sscanf)("", "%d", &number));
    IS(__isoc99_sscanf, (sscanf)("12abc", "%2d%n%ms", &number, &second, &made));
    IS(__isoc99_sscanf, second);
    IS(__isoc99_sscanf, __isoc99_sscanf("077 9", "%o %hhd", &number, word));
    IS(__isoc99_sscanf, number);
    ALL("%d %i %5d|%-5d|%05d %+d % d", 1, -2, 3, 4, 5, 6, 7);
    ALL("%u %x %X %#x %o %#o", 1u, 255u, 255u, 255u, 8u, 8u);
    ALL("%hhd %hd %ld %lld %zu %jd %td", 300, 70000, 1L, 2LL, (size_t)3, (intmax_t)4, (ptrdiff_t)5);
    ALL("%f %.0f %10.3f|%-10.3f|%e %E %g %G %a", 1.5, 2.5, 3.14159, 2.71828, 12345.678, 0.00012, 1e-5, 1e10, 1.0);
    ALL("%f %F %e", INFINITY, -INFINITY, INFINITY);
    ALL("%.20g %.17g %g", 0.1, 0.1, 100000000.0);
    ALL("%Lg %Lf", 2.5L, -1.25L);
    ALL("%s|%10s|%-10s|%.2s|%c|%%|%5c", "text", "right", "left", "cut", 'c', 'd');
    ALL("%*d|%.*f|%-*d", 5, 1, 2, 1.2345, 4, 9);
    ALL("%2$s %1$d", 1, "second");
    ALL("%p", (void *)0x1234);
    ALL("%ls", L"wide");
    ALL("%#.3x %+.3e", 5u, 12.5);
    ALL("%s%n", "four", &number);
    IS(snprintf, number); errno = ENOENT;
    IS(snprintf, (errno = ENOENT, snprintf(line, sizeof line, "%m")));
    IS(snprintf, (char *)line);
    BUT(snprintf, (errno = 0, snprintf(line, sizeof line, "%m")));
    IS(snprintf, snprintf(line, 3, "longer"));
    IS(snprintf, (char *)line);
    IS(sprintf, (sprintf)(line, "%03d", 7));
    IS(printf, (printf)("%d\n", 5));
    IS(fprintf, fprintf(file, "%d", 12));
    IS(dprintf, dprintf(1, "%s\n", "written"));
    IS(asprintf, asprintf(&made, "%d!", 5));
    IS(asprintf, made);
    form = "%d-%d\n";
    IS(vsprintf, formatted(by_vsprintf, 1, 2));
    IS(vsprintf, (char *)line);
    IS(vsnprintf, formatted(by_vsnprintf, 123, 456));
    IS(vsnprintf, (char *)line);
    IS(vprintf, formatted(by_vprintf, 3, 4));
    IS(vfprintf, formatted(by_vfprintf, 3, 4));
    IS(vdprintf, formatted(by_vdprintf, 3, 4));
    IS(vasprintf, formatted(by_vasprintf, 5, 6));
    IS(vasprintf, (char *)line);
    IS(puts, (puts)("put") >= 0);
    IS(putchar, (putchar)('\n'));
    IS(putchar_unlocked, (putchar_unlocked)('\n'));
    int kept = dup(0); text_of("a7 8 9 10 11\n");
    IS(freopen, freopen("in", "r", stdin));
    IS(stdin, fileno(stdin));
    IS(getchar, (getchar)()); form = "%d%d";
    IS(__isoc99_scanf, (scanf)("%d", &number));
    IS(__isoc99_scanf, number);
    IS(__isoc99_vscanf, formatted(by_vscanf, &number, &second));
    IS(__isoc99_vscanf, number * 100 + second);
    IS(__isoc99_scanf, __isoc99_scanf("%d", &number)); form = "%d";
    IS(__isoc99_vscanf, formatted(by_isoc99_vscanf, &number));
    IS(__isoc99_vscanf, number);
    IS(getchar_unlocked, (getchar_unlocked)()); dup2(kept, 0);
    IS(stdout, fileno(stdout));
    IS(stderr, fileno(stderr));
    IS(fclose, fclose(file));
    IS(setvbuf, (file = fopen("in", "w+"), setvbuf(file, NULL, _IOFBF, 64)));
    DOES(setbuf, setbuf(file, NULL), (fputs("z", file), __fpending(file))); fclose(file); file = fopen("in", "w+");
    DOES(setbuffer, setbuffer(file, word, sizeof word), fputs("q", file) >= 0);
    DOES(setlinebuf, setlinebuf(file), 0); fclose(file);
    file = fmemopen("abc", 3, "r");
    IS(fmemopen, fgets(line, 9, file)); fclose(file); file = open_memstream(&made, &size); fputs("grown", file); fclose(file);
    IS(open_memstream, made);
    IS(open_memstream, size);
    cookie_io_functions_t calls = {.read = given}; number = 0; file = fopencookie(NULL, "r", calls);
    IS(fopencookie, fgets(line, 9, file)); fclose(file);
    IS(fdopen, (file = fdopen(open("in", O_RDONLY), "r")));
    IS(fdopen, fgetc(file)); fclose(file);
    BUT(fdopen, fdopen(99, "r")); file = popen("echo piped", "r");
    IS(popen, fgets(line, sizeof line, file));
    IS(pclose, pclose(file)); file = popen("exit 3", "r");
    IS(pclose, WEXITSTATUS(pclose(file)));
    IS(tmpfile, (file = tmpfile()));
    IS(tmpfile, fputs("x", file) >= 0); fclose(file);
    IS(tmpnam, strncmp(tmpnam(word), "/tmp/", 5));
    IS(tempnam, strncmp(tempnam("/tmp", "pre"), "/tmp/pre", 8));
    IS(remove, remove("in"));
    IS(remove, remove("in"));
    errno = ENOENT;
    SAID(perror, perror("said"));
    SAID(warnx, warnx("%d", 1));
    SAID(warn, (errno = EACCES, warn("%d", 1)));
    SAID(errx, errx(3, "%d", 1));
    SAID(err, (errno = EPERM, err(4, "%d", 1))); form = "v%d";
    SAID(vwarnx, formatted(by_vwarnx, 2));
    SAID(vwarn, (errno = EPERM, formatted(by_vwarn, 2)));
    SAID(verrx, formatted(by_verrx, 2));
    SAID(verr, (errno = EPERM, formatted(by_verr, 2)));
    SAID(psignal, psignal(SIGINT, "caught"));
}
