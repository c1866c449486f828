#include "show.h"
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <utmpx.h>
#include <utmp.h>

/* Against files of their own, of one account each; what the system's hold is the system's. */
static FILE *holding(const char *text) {
    FILE *file = fopen("accounts", "w+");
    fputs(text, file);
    rewind(file);
    return file;
}

void show(void) {
    char text[1024]; struct passwd account, *user; struct group group, *team; struct spwd shadow, *secret; gid_t groups[32]; int count = 32; FILE *file;
    struct utmp logged = {.ut_type = USER_PROCESS}; struct utmpx loggedx = {.ut_type = USER_PROCESS};
    user = getpwnam("root");
    IS(getpwnam, user->pw_uid * 10 + user->pw_gid);
    IS(getpwnam, user->pw_dir);
    IS(getpwnam, getpwnam("no-such-user") == NULL);
    IS(getpwuid, getpwuid(0)->pw_name);
    IS(getpwnam_r, getpwnam_r("root", &account, text, sizeof text, &user));
    IS(getpwnam_r, account.pw_name);
    IS(getpwuid_r, getpwuid_r(0, &account, text, sizeof text, &user));
    IS(getpwuid_r, user == &account);
    IS(getpwuid_r, getpwuid_r(0, &account, text, 1, &user));
    DOES(setpwent, setpwent(), 0);
    IS(getpwent, getpwent()->pw_name);
    DOES(endpwent, endpwent(), 0);
    file = holding("a:b:1:2:c:/d:/e\n"); user = fgetpwent(file);
    IS(fgetpwent, user->pw_uid * 10 + user->pw_gid);
    IS(fgetpwent, user->pw_gecos); fclose(file); file = holding("");
    IS(putpwent, putpwent(user, file)); rewind(file);
    IS(putpwent, fgets(text, sizeof text, file)); fclose(file);
    IS(getgrnam, getgrnam("root")->gr_gid);
    IS(getgrgid, getgrgid(0)->gr_name);
    IS(getgrnam_r, getgrnam_r("root", &group, text, sizeof text, &team));
    IS(getgrnam_r, group.gr_name);
    IS(getgrgid_r, getgrgid_r(0, &group, text, sizeof text, &team));
    IS(getgrgid_r, team == &group);
    DOES(setgrent, setgrent(), 0);
    IS(getgrent, getgrent()->gr_name);
    DOES(endgrent, endgrent(), 0);
    IS(getgrouplist, getgrouplist("root", 0, groups, &count));
    IS(getgrouplist, groups[0]);
    IS(initgroups, initgroups("root", 0) <= 0);
    IS(setgroups, setgroups((size_t)1 << 40, groups));
    file = holding("g:x:5:a,b\n"); team = fgetgrent(file);
    IS(fgetgrent, team->gr_gid);
    IS(fgetgrent, team->gr_mem[1]); fclose(file); file = holding("");
    IS(putgrent, putgrent(team, file)); rewind(file);
    IS(putgrent, fgets(text, sizeof text, file)); fclose(file);
    file = holding("u:p:1:2:3:4:5:6:\n"); secret = fgetspent(file);
    IS(fgetspent, secret->sp_lstchg * 10 + secret->sp_inact); fclose(file); file = holding("");
    IS(putspent, putspent(secret, file)); rewind(file);
    IS(putspent, fgets(text, sizeof text, file)); fclose(file);
    IS(getspnam, getspnam("no-such-user") == NULL);
    DOES(setspent, setspent(), 0);
    DOES(endspent, endspent(), 0);
    DOES(setutent, setutent(), 0);
    DOES(endutent, endutent(), 0);
    IS(getutent, getutent() == NULL);
    IS(getutid, getutid(&logged) == NULL);
    IS(getutline, getutline(&logged) == NULL);
    IS(getutxent, getutxent() == NULL);
    IS(getutxid, getutxid(&loggedx) == NULL);
    IS(getutxline, getutxline(&loggedx) == NULL);
    DOES(setutxent, setutxent(), 0);
    DOES(endutxent, endutxent(), 0);
    IS(getusershell, getusershell());
    DOES(setusershell, setusershell(), 0);
    DOES(endusershell, endusershell(), 0);
    IS(getspnam_r, (getspnam_r("no-such-user", &shadow, text, sizeof text, &secret), secret == NULL));
}
