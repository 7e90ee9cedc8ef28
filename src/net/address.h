/*
 * struct ip to and from the system's socket addresses.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/uri.h"

struct sockaddr_storage address_make(const struct ip *ip, uint16_t port);
bool address_read(const struct sockaddr_storage *at, struct ip *ip, uint16_t *port);

#endif
