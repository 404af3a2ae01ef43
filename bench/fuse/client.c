/* Does the work of one row on a mounted directory for some seconds, and prints operations and seconds.
 * client DIRECTORY ROW SECONDS. What prepares a row, and what clears up, is not timed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MIB = 1 << 20, BIG = 64, MANY = 10000, BATCH = 1000 };

static double seconds, spent;
static long operations;
static char *block;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void forget_names(void) {
  int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
  if (fd == -1 || write(fd, "2", 1) != 1) err(1, "drop_caches");
  close(fd);
}

static int open_big(int flags) {
  int fd = open("big", O_RDWR | O_CREAT, 0644);
  if (fd == -1) err(1, "big");
  for (int i = 0; i < BIG; i++)
    if (pwrite(fd, block, MIB, (off_t)i * MIB) != MIB) err(1, "big");
  close(fd);
  fd = open("big", O_RDWR | flags);
  if (fd == -1) err(1, "big");
  return fd;
}

static void make(const char *kind, int count) {
  char name[64];
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "%s-%05d", kind, i);
    int fd = open(name, O_WRONLY | O_CREAT, 0644);
    if (fd == -1) err(1, "%s", name);
    close(fd);
  }
}

static void sequential(int writes) {
  int fd = open_big(0);
  while (spent < seconds) {
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    double began = now();
    for (int i = 0; i < BIG; i++) {
      off_t offset = (off_t)i * MIB;
      if ((writes ? pwrite(fd, block, MIB, offset) : pread(fd, block, MIB, offset)) != MIB)
        err(1, "big");
    }
    if (writes && fsync(fd)) err(1, "fsync");
    spent += now() - began;
    operations += BIG;
  }
}

static void random_reads(void) {
  int fd = open_big(O_DIRECT);
  double began = now();
  for (; (spent = now() - began) < seconds; operations++)
    if (pread(fd, block, 4096, (off_t)(rand() % (BIG * 256)) * 4096) != 4096) err(1, "big");
}

static void create_or_unlink(int unlinks) {
  char name[64];
  while (spent < seconds) {
    double began = now();
    make("new", BATCH);
    if (!unlinks) spent += now() - began;
    began = now();
    for (int i = 0; i < BATCH; i++) {
      snprintf(name, sizeof name, "new-%05d", i);
      if (unlink(name)) err(1, "%s", name);
    }
    if (unlinks) spent += now() - began;
    operations += BATCH;
  }
}

static void stats(void) {
  char name[64];
  struct stat st;
  make("many", MANY);
  while (spent < seconds) {
    forget_names();
    double began = now();
    for (int i = 0; i < MANY; i++) {
      snprintf(name, sizeof name, "many-%05d", i);
      if (lstat(name, &st)) err(1, "%s", name);
    }
    spent += now() - began;
    operations += MANY;
  }
}

static void opens(void) {
  char name[64];
  make("many", MANY);
  double began = now();
  for (; (spent = now() - began) < seconds; operations++) {
    snprintf(name, sizeof name, "many-%05ld", operations % 100);
    int fd = open(name, O_RDONLY);
    if (fd == -1) err(1, "%s", name);
    close(fd);
  }
}

/* Where something has changed before each, nothing that is known of the listing is of use. */
static void listings(int changes) {
  make("many", MANY);
  while (spent < seconds) {
    forget_names();
    if (changes) {
      make("other", 1);
      if (unlink("other-00000")) err(1, "other");
    }
    double began = now();
    DIR *dir = opendir(".");
    int count = 0;
    while (dir && readdir(dir)) count++;
    if (count < MANY) errx(1, "only %d names", count);
    closedir(dir);
    spent += now() - began;
    operations += count;
  }
}

int main(int argc, char **argv) {
  if (argc != 4 || chdir(argv[1])) return 2;
  const char *row = argv[2];
  seconds = atof(argv[3]);
  block = aligned_alloc(4096, MIB);
  memset(block, 7, MIB);
  if (!strcmp(row, "write")) sequential(1);
  else if (!strcmp(row, "read")) sequential(0);
  else if (!strcmp(row, "random")) random_reads();
  else if (!strcmp(row, "create")) create_or_unlink(0);
  else if (!strcmp(row, "unlink")) create_or_unlink(1);
  else if (!strcmp(row, "stat")) stats();
  else if (!strcmp(row, "open")) opens();
  else if (!strcmp(row, "readdir")) listings(1);
  else if (!strcmp(row, "again")) listings(0);
  else return 2;
  printf("%ld %f\n", operations, spent);
  return 0;
}
