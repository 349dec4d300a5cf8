/*
 * The yardstick: the most that one core can do if each delivery is one write. One thread, epoll. A GET opens a stream, and
 * the body of a POST is written to every stream as one SSE event. There is no log and no JSON, and nothing is durable.
 * Usage: raw-loop PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FILES = 65536, BUFFER = 65536 };

static int streams[MAX_FILES];
static int stream_count;

static void answer(int fd, char *request, ssize_t length) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
  static const char created[] = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
  static char event[BUFFER + 16];
  if (!strncmp(request, "GET ", 4)) {
    streams[stream_count++] = fd;
    if (write(fd, head, sizeof head - 1) < 0) perror("write");
    return;
  }
  char *body = strstr(request, "\r\n\r\n");
  if (!body) return;
  int size = snprintf(event, sizeof event, "id: 1\ndata: %.*s\n\n", (int)(length - (body + 4 - request)), body + 4);
  if (write(fd, created, sizeof created - 1) < 0) perror("write");
  for (int i = 0; i < stream_count; i++)
    if (write(streams[i], event, size) < 0) streams[i--] = streams[--stream_count];
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int one = 1, server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(server, (void *)&address, sizeof address) || listen(server, 4096)) return perror("listen"), 1;
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = server}, ready[256];
  epoll_ctl(poll, EPOLL_CTL_ADD, server, &event);
  static char buffer[BUFFER];
  for (;;) {
    int found = epoll_wait(poll, ready, 256, -1);
    for (int i = 0; i < found; i++) {
      int fd = ready[i].data.fd;
      if (fd == server) {
        while ((fd = accept4(server, 0, 0, SOCK_NONBLOCK)) >= 0) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
          epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        }
        continue;
      }
      ssize_t length = read(fd, buffer, BUFFER - 1);
      if (length <= 0) {
        for (int s = 0; s < stream_count; s++) if (streams[s] == fd) streams[s] = streams[--stream_count];
        close(fd);
        continue;
      }
      buffer[length] = 0;
      answer(fd, buffer, length);
    }
  }
}
