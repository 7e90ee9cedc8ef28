/*
 * Printers and serial adapters on USB, as the kernel's drivers show them.
 */
#ifndef SYS_USB_H
#define SYS_USB_H

#include <stddef.h>

enum usb_class { USB_UNKNOWN, USB_PRINTER, USB_SERIAL };

struct usb_device {
	char path[64];        /* the kernel's node: /dev/usb/lp0, /dev/ttyUSB0, /dev/ttyACM0 */
	char stable[256];     /* a by-id link to it; "" if there is none */
	enum usb_class class; /* by its USB interface: 07 printer, CDC or an adapter serial */
};

/*
 * Up to `max` of them, sorted by path; returns how many. `root` stands before
 * /dev and /sys ("": the system's own), but not in the paths that are told.
 * Reads a few short directories: may be called on the loop.
 */
size_t usb_list(const char *root, struct usb_device *out, size_t max);

const char *usb_class_name(enum usb_class c); /* "unknown", "printer", "serial" */

#endif
