/* Stands before the C library, as a disk that fails once: a sync of the database while the file TEST_LOST/now exists fails,
  and what was written since the sync before is lost, though it can be read until the machine stops. As Linux does, each
  descriptor hears of that once, and the pages count as written. TEST_LOST/state has a byte a page (0: on the disk, 1: written,
  2: lost), TEST_LOST/old what the disk still has of it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define PAGE 2048
#define PAGES (1 << 18)
#define DESCRIPTORS 4096

static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *state, *old;
static int faults, heard[DESCRIPTORS];

static const char *in_folder(char *path, const char *name) {
  snprintf(path, 4096, "%s/%s", getenv("TEST_LOST"), name);
  return path;
}

static unsigned char *shared(const char *name, size_t size) {
  char path[4096];
  int file = open(in_folder(path, name), O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, size) != 0) abort();
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

static int is_database(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = getenv("TEST_LOST") ? readlink(link, path, sizeof path - 1) : -1;
  if (length < 0) return 0;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  return name != NULL && strcmp(name, "/crmkit.db") == 0;
}

static void begin(void) {
  pthread_mutex_lock(&alone);
  if (state) return;
  old = shared("old", (size_t)PAGES * PAGE);
  state = shared("state", PAGES);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) =
      (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  if (!is_database(fd)) return real(fd, bytes, count, at);
  begin();
  for (off64_t page = at / PAGE; page <= (off64_t)(at + count - 1) / PAGE && page < PAGES; page++) {
    if (state[page] == 0 && pread64(fd, old + page * PAGE, PAGE, page * PAGE) < 0) abort();
    state[page] = 1;
  }
  ssize_t written = real(fd, bytes, count, at);
  pthread_mutex_unlock(&alone);
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

static int sync_as(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (!is_database(fd)) return real(fd);
  char path[4096];
  begin();
  int fails = access(in_folder(path, "now"), F_OK) == 0;
  if (fails) {
    faults++;
    unlink(path);
  }
  for (int page = 0; page < PAGES; page++)
    if (state[page] == 1) state[page] = fails ? 2 : 0;
  int unheard = heard[fd % DESCRIPTORS] != faults;
  heard[fd % DESCRIPTORS] = faults;
  pthread_mutex_unlock(&alone);
  if (!unheard) return real(fd);
  errno = EIO;
  return -1;
}

int fsync(int fd) { return sync_as("fsync", fd); }

int fdatasync(int fd) { return sync_as("fdatasync", fd); }
