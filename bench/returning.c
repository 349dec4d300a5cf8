/*
 * Readers that reconnect at once, each behind by the same number of events: opens them, sends each request with the
 * cursor, reads until all have what they missed, and checks that no seq is missing, duplicated or out of order.
 * One thread, epoll. Prints one line of JSON.
 * Usage: returning PORT PATH CURSOR FIRST_SEQ LAST_SEQ READERS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 512, BUFFER = 1 << 20, LIMIT_S = 60 };

/* The progress of a reader in matching `"seq":N`: how much of the pattern has matched, or the digits so far. */
struct reader {
  int fd, connected, matched;
  int64_t digits, next;
  double done;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
  if (count != 7) return 2;
  static const char pattern[] = "\"seq\":";
  int port = atoi(arguments[1]), readers = atoi(arguments[6]);
  int64_t first = atoll(arguments[4]), last = atoll(arguments[5]);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  char request[1024];
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: %s\r\n\r\n", arguments[2], arguments[3]);
  struct reader *all = calloc(readers, sizeof *all);
  double *times = calloc(readers, sizeof *times);
  static char buffer[BUFFER];
  struct epoll_event ready[512];
  int poll = epoll_create1(0), opened = 0, connecting = 0, done = 0;
  int64_t wrong = 0;
  double start = now();
  while (done < readers && now() - start < LIMIT_S) {
    while (opened < readers && connecting < AT_ONCE) {
      struct reader *reader = &all[opened];
      /* From 127.0.0.2 on: one source address has only some 28,000 ports. */
      struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + opened / 20000)};
      struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
      int one = 1;
      reader->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      reader->next = first;
      setsockopt(reader->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      if (bind(reader->fd, (void *)&from, sizeof from)) return perror("bind"), 1;
      if (connect(reader->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) return perror("connect"), 1;
      struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = reader};
      epoll_ctl(poll, EPOLL_CTL_ADD, reader->fd, &event);
      opened++, connecting++;
    }
    int found = epoll_wait(poll, ready, 512, 100);
    for (int i = 0; i < found; i++) {
      struct reader *reader = ready[i].data.ptr;
      if (!reader->connected && ready[i].events & EPOLLOUT) {
        reader->connected = 1, connecting--;
        if (write(reader->fd, request, length) != length) return perror("write"), 1;
      }
      for (ssize_t size; (size = read(reader->fd, buffer, BUFFER)) != -1;) {
        if (size == 0) return fprintf(stderr, "a stream ended\n"), 1;
        for (char *at = buffer; at < buffer + size; at++) {
          if (reader->matched < (int)sizeof pattern - 1) {
            reader->matched = *at == pattern[reader->matched] ? reader->matched + 1 : *at == '"';
          } else if (*at >= '0' && *at <= '9') {
            reader->digits = reader->digits * 10 + *at - '0';
          } else {
            if (reader->digits != reader->next) wrong++;
            reader->next = reader->digits + 1;
            reader->digits = reader->matched = 0;
            if (reader->next > last && !reader->done) reader->done = times[done++] = now() - start;
          }
        }
      }
    }
  }
  qsort(times, done, sizeof *times, by_value);
  printf("{\"readers\":%d,\"done\":%d,\"wrong\":%ld,\"p50_s\":%.3f,\"p99_s\":%.3f,\"all_s\":%.3f}\n", readers, done, (long)wrong,
         done ? times[done / 2] : 0, done ? times[done * 99 / 100] : 0, done ? times[done - 1] : 0);
  return done == readers && wrong == 0 ? 0 : 1;
}
