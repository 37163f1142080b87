/* Stands before the C library: while the file that TEST_EIO names exists, every sync fails as on a dying disk, and while the
   one of TEST_EIO_READ does, every read of a database. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(const char *name) {
  const char *trigger = getenv(name);
  if (!trigger || access(trigger, F_OK) != 0) return 0;
  errno = EIO;
  return 1;
}

/* The file of a database or its log. */
static int is_database(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, "crmkit.db") != NULL && strstr(path, "-lock") == NULL;
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
  ssize_t (*real)(int, void *, size_t, off64_t) = (ssize_t (*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
  return is_database(fd) && fails("TEST_EIO_READ") ? -1 : real(fd, bytes, count, at);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t at) {
  return pread64(fd, bytes, count, at);
}

int fsync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return fails("TEST_EIO") ? -1 : real(fd);
}

int fdatasync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return fails("TEST_EIO") ? -1 : real(fd);
}
