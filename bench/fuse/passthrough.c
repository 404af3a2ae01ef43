/* A directory as a file system of libfuse 3, high-level interface, tuned for speed: by handles, and kept by Linux for 1 s.
 * passthrough SOURCE MOUNTPOINT [options of libfuse] */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 34
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int root;

static const char *at(const char *path) { return path[1] == '\0' ? "." : path + 1; }
static int result(int failed) { return failed == -1 ? -errno : 0; }

static void *p_init(struct fuse_conn_info *conn, struct fuse_config *config) {
  conn->max_write = 1 << 20;
  config->use_ino = 1;
  config->nullpath_ok = 1;
  config->entry_timeout = config->attr_timeout = 1;
  return NULL;
}

static int p_getattr(const char *path, struct stat *st, struct fuse_file_info *fi) {
  return result(fi ? fstat(fi->fh, st) : fstatat(root, at(path), st, AT_SYMLINK_NOFOLLOW));
}

static int p_open(const char *path, struct fuse_file_info *fi) {
  int fd = openat(root, at(path), fi->flags);
  fi->fh = fd;
  return result(fd);
}

static int p_create(const char *path, mode_t mode, struct fuse_file_info *fi) {
  int fd = openat(root, at(path), fi->flags | O_CREAT, mode);
  fi->fh = fd;
  return result(fd);
}

static int p_read(const char *path, char *to, size_t size, off_t offset, struct fuse_file_info *fi) {
  ssize_t n = pread(fi->fh, to, size, offset);
  return n == -1 ? -errno : n;
}

static int p_write(const char *path, const char *from, size_t size, off_t offset,
                   struct fuse_file_info *fi) {
  ssize_t n = pwrite(fi->fh, from, size, offset);
  return n == -1 ? -errno : n;
}

static int p_truncate(const char *path, off_t size, struct fuse_file_info *fi) {
  if (fi) return result(ftruncate(fi->fh, size));
  int fd = openat(root, at(path), O_WRONLY);
  if (fd == -1) return -errno;
  int outcome = result(ftruncate(fd, size));
  close(fd);
  return outcome;
}

static int p_release(const char *path, struct fuse_file_info *fi) { return result(close(fi->fh)); }
static int p_unlink(const char *path) { return result(unlinkat(root, at(path), 0)); }
static int p_rmdir(const char *path) { return result(unlinkat(root, at(path), AT_REMOVEDIR)); }
static int p_mkdir(const char *path, mode_t mode) { return result(mkdirat(root, at(path), mode)); }

static int p_opendir(const char *path, struct fuse_file_info *fi) {
  int fd = openat(root, at(path), O_RDONLY | O_DIRECTORY);
  DIR *dir = fd == -1 ? NULL : fdopendir(fd);
  fi->fh = (uintptr_t)dir;
  return dir ? 0 : -errno;
}

static int p_readdir(const char *path, void *to, fuse_fill_dir_t fill, off_t offset,
                     struct fuse_file_info *fi, enum fuse_readdir_flags flags) {
  DIR *dir = (DIR *)(uintptr_t)fi->fh;
  struct dirent *entry;
  seekdir(dir, offset);
  while ((entry = readdir(dir))) {
    struct stat st = {.st_ino = entry->d_ino, .st_mode = entry->d_type << 12};
    enum fuse_fill_dir_flags plus = 0;
    if ((flags & FUSE_READDIR_PLUS) &&
        fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
      plus = FUSE_FILL_DIR_PLUS;
    if (fill(to, entry->d_name, &st, telldir(dir), plus)) break;
  }
  return 0;
}

static int p_releasedir(const char *path, struct fuse_file_info *fi) {
  return result(closedir((DIR *)(uintptr_t)fi->fh));
}

static int p_statfs(const char *path, struct statvfs *st) { return result(fstatvfs(root, st)); }

static const struct fuse_operations operations = {
    .init = p_init,       .getattr = p_getattr,   .open = p_open,       .create = p_create,
    .read = p_read,       .write = p_write,       .truncate = p_truncate, .release = p_release,
    .unlink = p_unlink,   .rmdir = p_rmdir,       .mkdir = p_mkdir,     .opendir = p_opendir,
    .readdir = p_readdir, .releasedir = p_releasedir, .statfs = p_statfs,
};

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  root = open(argv[1], O_PATH | O_DIRECTORY);
  if (root == -1) return perror(argv[1]), 1;
  umask(0);
  argv[1] = argv[0];
  return fuse_main(argc - 1, argv + 1, &operations, NULL);
}
