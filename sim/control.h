/*
 * The control port: HTTP on loopback by which tests and people see and work
 * the simulated printers. docs/sim.md lists its paths.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include <stdint.h>

#include "base/err.h"
#include "base/uri.h"

struct loop;
struct station;
struct control;

/* `stations` must outlive the control. E_ADDRESS unless `ip` is loopback. */
enum err control_open(struct loop *loop, const struct ip *ip, uint16_t port,
    struct station *stations, unsigned count, struct control **out, struct why *why);
uint16_t control_port(const struct control *c);
void control_close(struct control *c);   /* no further requests */
void control_destroy(struct control *c); /* after the loop has ended */

#endif
