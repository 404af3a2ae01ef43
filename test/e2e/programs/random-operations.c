/*
 * Random operations on one file, held against a copy of it in memory: what fsx of Apple and Linux does.
 *
 *   random-operations FILE SEED COUNT
 *
 * The first difference is told, with the number of the operation, and ends it with status 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SIZE = 512 * 1024, MAX_RUN = 64 * 1024 };

static unsigned char model[MAX_SIZE];
static unsigned char buffer[MAX_RUN];
static long size;
static int fd = -1;
static long step;
static const char *path;
static uint64_t state;

static uint32_t next(uint32_t below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33) % below;
}

static void fail(const char *what, long at, long length) {
  printf("operation %ld: %s at %ld, %ld bytes: %s\n", step, what, at, length, strerror(errno));
  exit(1);
}

static void differs(const char *what, const unsigned char *found, long at, long length) {
  for (long i = 0; i < length; i++)
    if (found[i] != model[at + i]) {
      printf("operation %ld: %s at %ld, %ld bytes: byte %ld is %d and not %d\n", step, what, at, length, at + i,
             found[i], model[at + i]);
      exit(1);
    }
}

static void check_size(void) {
  struct stat now;
  if (fstat(fd, &now) != 0) fail("fstat", 0, 0);
  if (now.st_size != size) {
    printf("operation %ld: the size is %ld and not %ld\n", step, (long)now.st_size, size);
    exit(1);
  }
}

static void grow(long end) {
  if (end > size) size = end; /* what lies between is zero in the model already */
}

static void reopen(int flags) {
  if (fd >= 0 && close(fd) != 0) fail("close", 0, 0);
  fd = open(path, O_RDWR | flags, 0644);
  if (fd < 0) fail("open", 0, 0);
}

static void fill(long length) {
  for (long i = 0; i < length; i++) buffer[i] = (unsigned char)(1 + next(255));
}

static void run(void) {
  long at = next(MAX_SIZE - MAX_RUN);
  long length = 1 + next(next(4) == 0 ? MAX_RUN - 1 : 5000);
  switch (next(12)) {
    case 0:
    case 1:
    case 2: {
      long expected = at >= size ? 0 : at + length > size ? size - at : length;
      if (pread(fd, buffer, length, at) != expected) fail("pread", at, length);
      differs("pread", buffer, at, expected);
      break;
    }
    case 3:
    case 4:
    case 5:
      fill(length);
      if (pwrite(fd, buffer, length, at) != length) fail("pwrite", at, length);
      memcpy(model + at, buffer, length);
      grow(at + length);
      break;
    case 6: {
      long to = next(MAX_SIZE);
      if (ftruncate(fd, to) != 0) fail("ftruncate", to, 0);
      if (to < size) memset(model + to, 0, size - to);
      size = to;
      break;
    }
    case 7: {
      if (at + length > size) break;
      unsigned char *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
      if (map == MAP_FAILED) fail("mmap to read", at, length);
      differs("reading mapped memory", map + at, at, length);
      munmap(map, size);
      break;
    }
    case 8: {
      if (at + length > size) break;
      unsigned char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (map == MAP_FAILED) fail("mmap to write", at, length);
      fill(length);
      memcpy(map + at, buffer, length);
      memcpy(model + at, buffer, length);
      if (next(2) == 0 && msync(map, size, MS_SYNC) != 0) fail("msync", at, length);
      munmap(map, size);
      break;
    }
    case 9:
      reopen(0);
      break;
    case 10: {
      if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, length) != 0) {
        if (errno != EOPNOTSUPP) fail("punching a hole", at, length);
        break;
      }
      long end = at + length > size ? size : at + length;
      if (at < end) memset(model + at, 0, end - at);
      break;
    }
    default:
      if (size + length > MAX_SIZE) break;
      reopen(O_APPEND);
      fill(length);
      if (write(fd, buffer, length) != length) fail("appending", size, length);
      memcpy(model + size, buffer, length);
      grow(size + length);
      reopen(0);
  }
  check_size();
}

int main(int count, char **words) {
  if (count != 4) return 2;
  path = words[1];
  state = strtoull(words[2], NULL, 10) * 2 + 1;
  long steps = atol(words[3]);
  reopen(O_CREAT | O_TRUNC);
  for (step = 1; step <= steps; step++) run();
  reopen(0);
  for (long at = 0; at < size; at += MAX_RUN) {
    long length = at + MAX_RUN > size ? size - at : MAX_RUN;
    if (pread(fd, buffer, length, at) != length) fail("reading all", at, length);
    differs("reading all", buffer, at, length);
  }
  printf("%ld operations agree\n", steps);
  return 0;
}
