#include "show.h"
#include <sys/timeb.h>
#include <sys/times.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <utime.h>

extern int getdate_err;
extern char *__tzname[2];
extern long __timezone;
extern int __daylight;
extern int stime(const time_t *);

#define STAMP(symbol, expression) do { IS(symbol, expression); IS(symbol, (char *)stamp); } while (0)
static char stamp[256];

static void broken(const char *symbol, const struct tm *day) {
    printf("%s: %d-%d-%d %d:%d:%d %d %d %d %ld %s\n", symbol, day->tm_year, day->tm_mon, day->tm_mday, day->tm_hour, day->tm_min,
           day->tm_sec, day->tm_wday, day->tm_yday, day->tm_isdst, day->tm_gmtoff, day->tm_zone);
}

/* The name that UTC has is each libc's own. */
static struct tm *named(struct tm *day) { day->tm_zone = "UTC"; return day; }

void show(void) {
    time_t moment = 1700000000, negative = -1, far = 4102444800; struct tm day; struct timespec wait = {0, 1000000}, left = {0, 0}; struct timeval now; clockid_t clock_of; timer_t timer;
    struct itimerval every = {{0, 0}, {1000, 0}}, before; struct itimerspec once = {{0, 0}, {1000, 0}}, old; struct timeb both; struct tms used; struct timex kept = {0};
    locale_t plain = newlocale(LC_ALL_MASK, "C", 0); sigset_t none;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    DOES(tzset, tzset(), tzname[0]);
    IS(tzname, tzname[1]);
    IS(__tzname, __tzname[1]);
    IS(timezone, timezone);
    IS(__timezone, __timezone);
    IS(daylight, daylight != 0);
    IS(__daylight, __daylight != 0);
    broken("localtime", localtime(&moment));
    broken("localtime_r", localtime_r(&negative, &day)); far = 1721000000;
    broken("localtime", localtime(&far)); far = 4102444800;
    broken("gmtime", named(gmtime(&far)));
    broken("gmtime_r", named(gmtime_r(&moment, &day)));
    BUT(gmtime_r, (gmtime_r(&moment, &day), day.tm_zone));
    BUT(gmtime, gmtime(&moment)->tm_zone);
    IS(localtime, localtime(&far) != NULL);
    IS(localtime_r, localtime_r(&far, &day) == &day);
    IS(gmtime, gmtime(&far) != NULL);
    IS(gmtime_r, gmtime_r(&moment, &day) == &day);
    day = (struct tm){.tm_year = 123, .tm_mon = 14, .tm_mday = 35, .tm_hour = 30, .tm_isdst = -1};
    IS(mktime, mktime(&day));
    broken("mktime", &day); day.tm_mon = 25;
    IS(timegm, timegm(&day));
    BUT(timegm, day.tm_zone);
    broken("timegm", named(&day));
    IS(asctime, asctime(gmtime(&moment)));
    IS(asctime_r, asctime_r(&day, stamp));
    IS(ctime, ctime(&moment));
    IS(ctime_r, ctime_r(&far, stamp));
    IS(difftime, difftime(far, moment)); gmtime_r(&moment, &day);
    STAMP(strftime, strftime(stamp, sizeof stamp, "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %m %M %n%p %r %R %S %t%T %u %U %V %w %W %x %X %y %Y %z %%", &day));
    STAMP(strftime, strftime(stamp, sizeof stamp, "%-d|%_d|%05Y", &day));
    IS(strftime, strftime(stamp, 3, "%Y", &day));
    BUT(strftime, strftime(stamp, sizeof stamp, "%k %l %P", &day));
    STAMP(strftime_l, strftime_l(stamp, sizeof stamp, "%Ex %Od", &day, plain));
    memset(&day, 0, sizeof day);
    IS(strptime, strptime("2024-02-29 23:59:58 Mon Jan PM rest", "%Y-%m-%d %H:%M:%S %a %b %p", &day));
    IS(strptime, day.tm_mday * 100 + day.tm_mon * 10 + day.tm_wday);
    IS(strptime, strptime("x", "%d", &day));
    IS(time, time(NULL) > moment);
    IS(time, (time(&far), far > moment));
    IS(gettimeofday, gettimeofday(&now, NULL));
    IS(gettimeofday, now.tv_sec - time(NULL) <= 1 && now.tv_usec < 1000000);
    IS(ftime, (ftime(&both), both.time - time(NULL) <= 1 && both.millitm < 1000));
    IS(clock_gettime, clock_gettime(CLOCK_REALTIME, &left));
    IS(clock_gettime, left.tv_sec - time(NULL) <= 1 && left.tv_nsec < 1000000000);
    IS(clock_gettime, clock_gettime(99, &left));
    IS(clock_getres, clock_getres(CLOCK_MONOTONIC, &left));
    IS(clock_getres, left.tv_sec * 10 + (left.tv_nsec > 0));
    IS(clock_settime, clock_settime(CLOCK_MONOTONIC, &left));
    IS(clock_nanosleep, clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, NULL));
    IS(clock_nanosleep, clock_nanosleep(99, 0, &wait, NULL) != 0);
    IS(clock_getcpuclockid, clock_getcpuclockid(0, &clock_of));
    IS(clock_getcpuclockid, clock_gettime(clock_of, &left));
    IS(clock_adjtime, clock_adjtime(99, &kept));
    IS(adjtimex, adjtimex(&kept) >= 0);
    IS(adjtime, (now.tv_sec = 0, adjtime(NULL, &now)));
    IS(clock, clock() > 0);
    IS(times, times(&used) != -1);
    IS(times, used.tms_cutime >= 0);
    IS(nanosleep, nanosleep(&wait, &left)); wait.tv_nsec = 2000000000;
    IS(nanosleep, nanosleep(&wait, &left));
    IS(usleep, usleep(1));
    IS(sleep, sleep(0));
    signal(SIGALRM, SIG_IGN);
    IS(alarm, alarm(1000));
    IS(alarm, alarm(0));
    IS(ualarm, ualarm(900000, 0));
    IS(ualarm, ualarm(0, 0) > 0);
    IS(setitimer, setitimer(ITIMER_REAL, &every, &before));
    IS(getitimer, getitimer(ITIMER_REAL, &before));
    IS(getitimer, before.it_value.tv_sec >= 998); every.it_value.tv_sec = 0; setitimer(ITIMER_REAL, &every, NULL);
    IS(getitimer, getitimer(99, &before));
    int watch = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    IS(timerfd_create, watch > 2);
    IS(timerfd_settime, timerfd_settime(watch, 0, &once, &old));
    IS(timerfd_gettime, timerfd_gettime(watch, &old));
    IS(timerfd_gettime, old.it_value.tv_sec >= 998); close(watch);
    IS(timerfd_create, timerfd_create(99, 0));
    struct sigevent quiet = {.sigev_notify = SIGEV_NONE};
    IS(timer_create, timer_create(CLOCK_MONOTONIC, &quiet, &timer));
    IS(timer_settime, timer_settime(timer, 0, &once, &old));
    IS(timer_gettime, timer_gettime(timer, &old));
    IS(timer_gettime, old.it_value.tv_sec >= 998);
    IS(timer_getoverrun, timer_getoverrun(timer));
    IS(timer_delete, timer_delete(timer));
    IS(timespec_get, timespec_get(&left, TIME_UTC));
    IS(timespec_get, left.tv_sec - time(NULL) <= 1);
    IS(settimeofday, (now.tv_usec = -5, settimeofday(&now, NULL))); sigemptyset(&none);
    setenv("DATEMSK", "masks", 1); FILE *masks = fopen("masks", "w"); fputs("%Y-%m-%d\n", masks); fclose(masks);
    IS(getdate, getdate("2024-02-29") ? getdate("2024-02-29")->tm_mday : -2);
    IS(getdate_err, (unsetenv("DATEMSK"), getdate("x") == NULL ? getdate_err : -2));
    unsetenv("TZ"); freelocale(plain);
}
