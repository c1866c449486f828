#include "show.h"
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <utmp.h>

/* A terminal of its own: what is set on one side is read on it, and by the kernel. */
void show(void) {
    int controller = -1, terminal = -1, status; char name[128]; struct termios settings, again; struct winsize size = {24, 80, 0, 0}, seen = {0}; pid_t pid;
    controller = posix_openpt(O_RDWR | O_NOCTTY);
    IS(posix_openpt, controller > 2);
    IS(grantpt, grantpt(controller));
    IS(unlockpt, unlockpt(controller));
    IS(ptsname, strncmp(ptsname(controller), "/dev/pts/", 9));
    IS(ptsname_r, ptsname_r(controller, name, sizeof name));
    IS(ptsname_r, ptsname_r(controller, name, 2)); close(controller);
    IS(openpty, openpty(&controller, &terminal, name, NULL, &size));
    IS(ttyname_r, ttyname_r(terminal, name, sizeof name));
    IS(ttyname, strcmp(ttyname(terminal), name));
    IS(isatty, isatty(terminal));
    IS(tcgetattr, tcgetattr(terminal, &settings));
    IS(tcgetattr, settings.c_cc[VINTR] * 1000 + settings.c_cc[VEOF]);
    IS(tcgetattr, (settings.c_lflag & (ICANON | ECHO)) == (ICANON | ECHO));
    IS(cfgetospeed, cfgetospeed(&settings) == B38400);
    IS(cfgetispeed, cfgetispeed(&settings) == B38400 || cfgetispeed(&settings) == 0);
    IS(cfsetospeed, cfsetospeed(&settings, B9600));
    IS(cfsetispeed, cfsetispeed(&settings, B9600));
    IS(cfgetospeed, cfgetospeed(&settings) == B9600);
    DOES(cfmakeraw, cfmakeraw(&settings), (settings.c_lflag & (ICANON | ECHO | ISIG)) + settings.c_cc[VMIN]);
    IS(tcsetattr, tcsetattr(terminal, TCSANOW, &settings));
    IS(tcsetattr, (tcgetattr(terminal, &again), (again.c_lflag & ICANON) == 0 && cfgetospeed(&again) == B9600));
    IS(cfsetspeed, cfsetspeed(&settings, B19200));
    BUT(cfsetspeed, cfsetspeed(&settings, 19200));
    IS(cfsetospeed, cfsetospeed(&settings, 12345678));
    IS(tcsetattr, tcsetattr(99, TCSANOW, &settings));
    IS(tcsetattr, tcsetattr(terminal, 99, &settings));
    IS(ioctl, ioctl(terminal, TIOCGWINSZ, &seen));
    IS(ioctl, seen.ws_row * 1000 + seen.ws_col);
    IS(tcdrain, tcdrain(terminal));
    IS(tcflow, tcflow(terminal, TCOON));
    IS(tcflush, tcflush(terminal, TCIOFLUSH));
    IS(tcflush, tcflush(99, TCIOFLUSH));
    IS(tcsendbreak, tcsendbreak(terminal, 0));
    IS(tcgetpgrp, tcgetpgrp(99));
    IS(tcsetpgrp, tcsetpgrp(99, 1));
    IS(tcgetsid, tcgetsid(99));
    IS(ctermid, ctermid(NULL));
    pid = forkpty(&controller, NULL, NULL, NULL); if (pid == 0) _exit(isatty(0) ? 3 : 4);
    IS(forkpty, pid > 0); waitpid(pid, &status, 0);
    IS(forkpty, WEXITSTATUS(status)); fflush(stdout); if ((pid = fork()) == 0) { setsid(); openpty(&controller, &terminal, NULL, NULL, NULL); _exit(login_tty(terminal) == 0 && isatty(1) ? 5 : 6); } waitpid(pid, &status, 0);
    IS(login_tty, WEXITSTATUS(status));
}
