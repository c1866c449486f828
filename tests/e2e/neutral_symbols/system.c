#include "show.h"
#include <sys/acct.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <syslog.h>

/* What only an administrator may do fails for all others, and says why; no name here names anything that is there. */
static int formatted(void (*call)(va_list), ...) { va_list given; va_start(given, call); call(given); va_end(given); return 0; }
static void by_vsyslog(va_list given) { vsyslog(LOG_DEBUG, "%d", given); }

void show(void) {
    char text[256]; struct utsname about; double load[3]; struct file_handle handle = {0}; int mount_id;
    IS(sysconf, sysconf(_SC_PAGESIZE) >= 4096);
    IS(sysconf, sysconf(_SC_CLK_TCK));
    IS(sysconf, sysconf(_SC_OPEN_MAX) > 0);
    IS(sysconf, sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    IS(sysconf, sysconf(_SC_NPROCESSORS_CONF) >= 1);
    IS(sysconf, sysconf(_SC_PHYS_PAGES) > 1000);
    IS(sysconf, sysconf(_SC_IOV_MAX));
    IS(sysconf, sysconf(_SC_GETPW_R_SIZE_MAX) <= 1024);
    IS(sysconf, sysconf(_SC_HOST_NAME_MAX) >= 64);
    IS(sysconf, sysconf(_SC_MONOTONIC_CLOCK) > 0);
    IS(sysconf, sysconf(_SC_THREADS) > 0);
    IS(sysconf, sysconf(_SC_VERSION));
    IS(sysconf, sysconf(99999));
    IS(sysconf, sysconf(_SC_AVPHYS_PAGES) > 0);
    IS(sysconf, sysconf(_SC_NGROUPS_MAX) >= 32);
    IS(sysconf, sysconf(_SC_ARG_MAX) >= 131072);
    IS(sysconf, sysconf(_SC_CHILD_MAX) != 0);
    IS(confstr, confstr(_CS_PATH, text, sizeof text));
    IS(confstr, (char *)text);
    IS(confstr, confstr(99999, text, 9));
    IS(getpagesize, getpagesize() == sysconf(_SC_PAGESIZE));
    IS(get_nprocs, get_nprocs() >= 1);
    IS(get_nprocs_conf, get_nprocs_conf() >= 1);
    IS(get_phys_pages, get_phys_pages() > 1000);
    IS(get_avphys_pages, get_avphys_pages() > 0);
    IS(getloadavg, getloadavg(load, 3));
    IS(getloadavg, load[0] >= 0 && load[0] < 10000); struct { struct sysinfo about; char after[512]; } all; memset(&all, 0x55, sizeof all);
    IS(sysinfo, sysinfo(&all.about));
    IS(sysinfo, all.about.totalram > 1000 && all.about.procs > 0);
    IS(sysinfo, all.after[0] * 1000 + all.after[255]);
    IS(uname, uname(&about));
    IS(uname, about.sysname);
    IS(uname, strlen(about.machine) > 3);
    IS(mount, mount("none", "none", "none", 0, NULL) == -1);
    IS(umount, umount("none") == -1);
    IS(umount2, umount2("none", 0) == -1);
    IS(swapon, swapon("none", 0) == -1);
    IS(swapoff, swapoff("none") == -1);
    IS(acct, acct("none") == -1);
    IS(chroot, chroot("none") == -1);
    IS(quotactl, quotactl(QCMD(Q_SYNC, 0), "none", 0, NULL) == -1);
    IS(klogctl, klogctl(99, NULL, 0) == -1);
    IS(name_to_handle_at, name_to_handle_at(AT_FDCWD, "none", &handle, &mount_id, 0));
    IS(open_by_handle_at, open_by_handle_at(99, &handle, O_RDONLY) == -1);
    IS(sethostname, sethostname(text, 9999) == -1);
    IS(setdomainname, setdomainname(text, 9999) == -1);
    IS(getdomainname, getdomainname(text, sizeof text));
    IS(gethostid, gethostid() == gethostid());
    IS(getlogin_r, getlogin_r(text, 0) != 0);
    DOES(openlog, openlog("shown", LOG_NDELAY, LOG_USER), 0);
    IS(setlogmask, setlogmask(LOG_UPTO(LOG_ERR)));
    IS(setlogmask, setlogmask(0));
    DOES(syslog, syslog(LOG_DEBUG, "%s", "words"), 0);
    IS(vsyslog, formatted(by_vsyslog, 1));
    DOES(closelog, closelog(), 0);
}
