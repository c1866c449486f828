#include "show.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <semaphore.h>
#include <mqueue.h>
#include <sys/uio.h>

void show(void) {
    char text[64] = "", *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); unsigned char resident[2]; struct timespec past = {1, 0}; int value;
    IS(mmap, page != MAP_FAILED);
    IS(mmap, mmap(NULL, 0, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED);
    IS(mprotect, mprotect(page, 4096, PROT_READ)); mprotect(page, 4096, PROT_READ | PROT_WRITE);
    BUT(mprotect, mprotect(page + 1, 4095, PROT_READ | PROT_WRITE)); mprotect(page, 8192, PROT_READ | PROT_WRITE);
    IS(madvise, madvise(page, 4096, MADV_NORMAL));
    IS(posix_madvise, posix_madvise(page, 4096, POSIX_MADV_WILLNEED));
    IS(mincore, mincore(page, 4096, resident));
    IS(mlock, mlock(page, 4096));
    IS(munlock, munlock(page, 4096));
    IS(mlockall, mlockall(0x1000));
    IS(munlockall, munlockall());
    IS(msync, msync(page, 4096, MS_SYNC));
    IS(mremap, (page = mremap(page, 8192, 16384, MREMAP_MAYMOVE)) != MAP_FAILED);
    IS(remap_file_pages, remap_file_pages(page, 4096, 0, 9, 0));
    IS(munmap, munmap(page, 16384));
    IS(munmap, munmap((char *)1, 1));
    IS(shm_open, shm_open("/shown", O_RDWR | O_CREAT, 0600) > 2);
    IS(shm_unlink, shm_unlink("/shown"));
    IS(shm_open, shm_open("/shown", O_RDWR, 0));
    IS(shm_unlink, shm_unlink("/shown"));
    close(creat("key", 0600));
    IS(ftok, ftok("key", 'a') != -1);
    IS(ftok, ftok("none", 'a')); int segment = shmget(IPC_PRIVATE, 4096, 0600); struct shmid_ds about; char *attached = shmat(segment, NULL, 0);
    IS(shmget, segment >= 0);
    IS(shmat, attached != (char *)-1);
    IS(shmctl, shmctl(segment, IPC_STAT, &about));
    IS(shmctl, about.shm_segsz * 100 + about.shm_nattch);
    IS(shmctl, about.shm_perm.mode & 0777);
    IS(shmdt, shmdt(attached)); shmctl(segment, IPC_RMID, NULL);
    IS(shmdt, shmdt((void *)1));
    int set = semget(IPC_PRIVATE, 1, 0600); struct sembuf raise = {0, 1, IPC_NOWAIT}, wait = {0, -5, IPC_NOWAIT}; union { int number; void *place; } given = {2};
    IS(semget, set >= 0);
    IS(semctl, semctl(set, 0, SETVAL, given));
    IS(semop, semop(set, &raise, 1));
    IS(semctl, semctl(set, 0, GETVAL));
    IS(semop, semop(set, &wait, 1));
    IS(semtimedop, semtimedop(set, &wait, 1, &past)); struct semid_ds sets = {0}; given.place = &sets;
    IS(semctl, semctl(set, 0, IPC_STAT, given));
    IS(semctl, sets.sem_nsems); semctl(set, 0, IPC_RMID);
    int queue = msgget(IPC_PRIVATE, 0600); struct { long kind; char text[8]; } sent = {3, "note"}, got; struct msqid_ds queued;
    IS(msgget, queue >= 0);
    IS(msgsnd, msgsnd(queue, &sent, 8, 0));
    IS(msgctl, msgctl(queue, IPC_STAT, &queued));
    IS(msgctl, queued.msg_qnum * 1000 + (queued.msg_perm.mode & 0777));
    IS(msgrcv, msgrcv(queue, &got, 8, 3, IPC_NOWAIT));
    IS(msgrcv, (char *)got.text);
    IS(msgrcv, msgrcv(queue, &got, 8, 3, IPC_NOWAIT)); msgctl(queue, IPC_RMID, NULL);
    sem_t semaphore, *named;
    IS(sem_init, sem_init(&semaphore, 0, 2));
    IS(sem_wait, sem_wait(&semaphore));
    IS(sem_trywait, sem_trywait(&semaphore));
    IS(sem_trywait, sem_trywait(&semaphore));
    IS(sem_timedwait, sem_timedwait(&semaphore, &past));
    IS(sem_post, sem_post(&semaphore));
    IS(sem_getvalue, sem_getvalue(&semaphore, &value));
    IS(sem_getvalue, value);
    IS(sem_destroy, sem_destroy(&semaphore)); named = sem_open("/shown", O_CREAT | O_EXCL, 0600, 3);
    IS(sem_open, named != SEM_FAILED); if (named != SEM_FAILED) { IS(sem_getvalue, (sem_getvalue(named, &value), value));
    IS(sem_close, sem_close(named)); } IS(sem_unlink, sem_unlink("/shown"));
    IS(sem_open, sem_open("/shown", 0) == SEM_FAILED);
    IS(sem_unlink, sem_unlink("/shown"));
    struct mq_attr shape = {.mq_maxmsg = 2, .mq_msgsize = 16}, about_queue; mqd_t mail = mq_open("/shown", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &shape); unsigned urgency = 0;
    IS(mq_open, mail != -1);
    IS(mq_send, mq_send(mail, "hi", 3, 7));
    IS(mq_getattr, mq_getattr(mail, &about_queue));
    IS(mq_getattr, about_queue.mq_curmsgs * 100 + about_queue.mq_msgsize);
    IS(mq_receive, mq_receive(mail, text, 16, &urgency));
    IS(mq_receive, urgency);
    IS(mq_timedsend, mq_timedsend(mail, "yo", 3, 1, &past));
    IS(mq_timedreceive, mq_timedreceive(mail, text, 16, NULL, &past));
    IS(mq_timedreceive, mq_timedreceive(mail, text, 16, NULL, &past));
    IS(mq_setattr, (shape.mq_flags = 0, mq_setattr(mail, &shape, &about_queue)));
    IS(mq_notify, mq_notify(mail, NULL));
    IS(mq_close, mq_close(mail));
    IS(mq_unlink, mq_unlink("/shown"));
    IS(mq_open, mq_open("/shown", O_RDWR) == -1);
    struct iovec here = {text, 4}, there = {"abcd", 4};
    IS(process_vm_readv, process_vm_readv(getpid(), &here, 1, &there, 1, 99));
    IS(process_vm_writev, process_vm_writev(getpid(), &here, 1, &there, 1, 99));
}
