/* Starts one program in a root and says how far it came. Used by reach.rs, which compiles it.
 *
 *   reach entry|line ROOT UID GID DIRECTORY ARGUMENTS ARGUMENT... VARIABLE...
 *
 * ARGUMENTS is how many words are arguments; the first is the program's path in the root. The rest is the environment.
 * On standard output comes one line:
 *
 *   entry              the program reached its entry point
 *   exec NUMBER        execve failed with this error number
 *   exit NUMBER        it ended before, with this code
 *   signal NUMBER      a signal ended it before
 *   timeout            nothing of this came to pass in time
 *
 * `entry` puts a breakpoint at AT_ENTRY, which the kernel tells in the auxiliary vector. `line` is for programs under an
 * emulator, which has an entry point of its own: the program is taken to have reached its when one of two texts is on
 * standard error. They are the last two words, after the environment.
 *
 * The program gets a mount namespace of its own with /proc and /dev, its standard output goes nowhere, its standard error to ours.
 * It is killed at its entry point: of its own code nothing runs, of its libraries' only the constructors.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS 20

/* Where the child tells what stopped it; the parent has none. */
static int answer_to = -1;

static void fail(const char *what) {
    int number = -errno;
    fprintf(stderr, "reach: %s: %s\n", what, strerror(errno));
    if (answer_to >= 0 && write(answer_to, &number, sizeof number) < 0) _exit(3);
    exit(2);
}

static volatile sig_atomic_t late;
static pid_t child;

static void on_alarm(int number) {
    (void)number;
    late = 1;
    if (child > 0) kill(child, SIGKILL);
}

struct start {
    int traced;
    const char *root, *directory;
    uid_t uid;
    gid_t gid;
    char **arguments, **environment;
};

/* Becomes the program; what execve says is told, and a successful one closes the pipe. */
static void become(const struct start *start) {
    int nothing = open("/dev/null", O_RDWR);
    struct rlimit none = {0, 0};
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0) fail("/dev/null");
    setrlimit(RLIMIT_CORE, &none);
    /* Constructors of libraries ask /dev for random numbers. */
    char devices[4096];
    snprintf(devices, sizeof devices, "%s/dev", start->root);
    mkdir(devices, 0755);
    mount("/dev", devices, NULL, MS_BIND | MS_REC, NULL);
    if (chroot(start->root) || chdir("/")) fail(start->root);
    /* A root without the folder gets along without /proc. */
    mount("proc", "/proc", "proc", 0, NULL);
    if (chdir(start->directory)) fail(start->directory);
    if (setgroups(0, NULL) || setgid(start->gid) || setuid(start->uid)) fail("user");
    if (start->traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL)) fail("ptrace");
    execve(start->arguments[0], start->arguments, start->environment);
    int number = errno;
    if (write(answer_to, &number, sizeof number) < 0) _exit(3);
    _exit(0);
}

/* Whether the program is one of 32 bits, of which the kernel tells in words of 32 bits. */
static int is_narrow(void) {
    char path[64];
    unsigned char header[5] = {0};
    snprintf(path, sizeof path, "/proc/%d/exe", child);
    int file = open(path, O_RDONLY);
    if (file < 0) fail(path);
    if (read(file, header, sizeof header) != sizeof header) header[4] = 0;
    close(file);
    return header[4] == ELFCLASS32;
}

/* 1, where nothing can be, for a program of which the kernel does not say it. */
static uint64_t entry_point(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/auxv", child);
    int narrow = is_narrow();
    int file = open(path, O_RDONLY);
    uint64_t pair[2];
    uint32_t half[2];
    if (file < 0) fail(path);
    while (narrow ? read(file, half, sizeof half) == sizeof half : read(file, pair, sizeof pair) == sizeof pair) {
        if (narrow) pair[0] = half[0], pair[1] = half[1];
        if (pair[0] == AT_ENTRY) {
            close(file);
            return pair[1];
        }
    }
    close(file);
    return 1;
}

#if defined(__x86_64__)
static const unsigned char breakpoint[] = {0xcc};
static uint64_t where(const struct user_regs_struct *registers) { return registers->rip - sizeof breakpoint; }
#elif defined(__aarch64__)
static const unsigned char breakpoint[] = {0x00, 0x00, 0x20, 0xd4};
static uint64_t where(const struct user_regs_struct *registers) { return registers->pc; }
#else
#error "no breakpoint for this machine"
#endif

static int at_entry(uint64_t entry) {
    union {
        struct user_regs_struct own;
        uint32_t narrow[17];
    } registers;
    struct iovec place = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, &place)) fail("registers");
#if defined(__x86_64__)
    /* The kernel gives those of i386 for a program of 32 bits: the thirteenth is where it is. */
    if (place.iov_len == sizeof registers.narrow) return registers.narrow[12] - sizeof breakpoint == entry;
#endif
    return where(&registers.own) == entry;
}

/* What ended the child; called once it has ended. */
static void ended(int status) {
    if (late) puts("timeout");
    else if (WIFEXITED(status)) printf("exit %d\n", WEXITSTATUS(status));
    else printf("signal %d\n", WTERMSIG(status));
}

static void follow(void) {
    int status;
    uint64_t entry = 0;
    while (waitpid(child, &status, 0) == child) {
        if (!WIFSTOPPED(status)) return ended(status);
        int number = WSTOPSIG(status);
        if (entry == 0 && number == SIGTRAP) {
            /* The stop of a successful execve; a signal instead is one that came too late to be an error.
               A place that is not mapped takes no breakpoint. */
            char path[64];
            entry = entry_point();
            snprintf(path, sizeof path, "/proc/%d/mem", child);
            int memory = open(path, O_RDWR);
            if (memory < 0) fail(path);
            if (pwrite(memory, breakpoint, sizeof breakpoint, (off_t)entry) < 0) errno = 0;
            close(memory);
            number = 0;
        } else if (number == SIGTRAP && at_entry(entry)) {
            puts("entry");
            kill(child, SIGKILL);
            return;
        }
        if (ptrace(PTRACE_CONT, child, NULL, (void *)(intptr_t)number) && errno != ESRCH) fail("continue");
    }
    if (late) puts("timeout");
}

/* Passes standard error on until one of the texts is there. */
static void listen_for(int from, const char *one, const char *other) {
    static char text[1 << 20];
    size_t length = 0;
    int status, found = 0;
    ssize_t more;
    while (length + 1 < sizeof text && (more = read(from, text + length, sizeof text - 1 - length)) > 0) {
        text[length += (size_t)more] = 0;
        if ((found = strstr(text, one) || strstr(text, other))) break;
    }
    kill(child, SIGKILL);
    fwrite(text, 1, length, stderr);
    if (waitpid(child, &status, 0) != child) fail("wait");
    if (found) puts("entry");
    else ended(status);
}

int main(int count, char **words) {
    if (count < 9) return 2;
    int arguments = atoi(words[6]), talk[2], answer[2], number = 0;
    struct start start = {strcmp(words[1], "entry") == 0, words[2], words[5], (uid_t)atoi(words[3]), (gid_t)atoi(words[4]), NULL, NULL};
    if (!start.traced) count -= 2;
    const char *one = words[count], *other = start.traced ? NULL : words[count + 1];
    words[count] = NULL;
    start.environment = words + 7 + arguments;
    start.arguments = calloc((size_t)arguments + 1, sizeof(char *));
    if (start.arguments == NULL) fail("memory");
    for (int at = 0; at < arguments; at++) start.arguments[at] = words[7 + at];
    if (unshare(CLONE_NEWNS | (start.traced ? 0 : CLONE_NEWPID))) fail("unshare");
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) fail("mount");
    if (pipe2(answer, O_CLOEXEC) || pipe2(talk, O_CLOEXEC)) fail("pipe");
    signal(SIGALRM, on_alarm);
    alarm(SECONDS);
    child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        if (!start.traced && dup2(talk[1], 2) < 0) fail("pipe");
        answer_to = answer[1];
        become(&start);
    }
    close(answer[1]);
    close(talk[1]);
    if (read(answer[0], &number, sizeof number) == sizeof number) {
        if (number < 0) return 2;
        printf("exec %d\n", number);
    } else if (start.traced) follow();
    else listen_for(talk[0], one, other);
    return 0;
}
