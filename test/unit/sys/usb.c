#include "sys/usb.h"
#include "sys/file.h"
#include "sys.h"

#include <ftw.h>

static char root[64];

static const char *path_of(const char *tail)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s", root, tail);
	return path;
}

static void put(const char *tail, const char *text)
{
	char parent[256];

	snprintf(parent, sizeof(parent), "%s", path_of(tail));
	*strrchr(parent, '/') = '\0';
	assert_int_equal(file_mkdirs(parent, 0755, NULL), E_OK);
	assert_int_equal(file_write(path_of(tail), str_of(text), 0644, NULL), E_OK);
}

static void put_link(const char *tail, const char *target)
{
	char parent[256];

	snprintf(parent, sizeof(parent), "%s", path_of(tail));
	*strrchr(parent, '/') = '\0';
	assert_int_equal(file_mkdirs(parent, 0755, NULL), E_OK);
	assert_int_equal(symlink(target, path_of(tail)), 0);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int make_root(void **state)
{
	snprintf(root, sizeof(root), "%s/root", dir);
	return file_mkdirs(root, 0755, NULL);
}

static int drop_root(void **state)
{
	return nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_nothing(void **state)
{
	struct usb_device d[4];

	assert_int_equal(usb_list(root, d, 4), 0);
	assert_int_equal(usb_list("/no/such/place", d, 4), 0);
}

/* As sysfs has it: an interface directory, and below it what the driver made. */
static void interface(const char *class_dir, const char *node, const char *inside, const char *class)
{
	char name[128], target[192];

	snprintf(name, sizeof(name), "/sys/devices/usb1/if-%s/bInterfaceClass", node);
	put(name, class);
	if (inside) {
		snprintf(name, sizeof(name), "/sys/devices/usb1/if-%s/%s/uevent", node, node);
		put(name, "");
	}
	snprintf(name, sizeof(name), "%s/%s/device", class_dir, node);
	snprintf(target, sizeof(target), "../../../devices/usb1/if-%s%s%s", node, inside ? "/" : "",
	    inside ? node : "");
	put_link(name, target);
}

static void test_classes_and_links(void **state)
{
	static const struct {
		const char *path;
		enum usb_class class;
		const char *stable;
	} want[] = {
		{ "/dev/ttyACM0", USB_SERIAL, "" },
		{ "/dev/ttyACM1", USB_SERIAL, "" },
		{ "/dev/ttyUSB0", USB_SERIAL, "/dev/serial/by-id/usb-FTDI_FT232R-if00-port0" },
		{ "/dev/usb/lp0", USB_PRINTER, "" },
		{ "/dev/usb/lp1", USB_UNKNOWN, "/dev/usb/by-id/usb-EPSON_TM" },
		{ "/dev/usb/lp10", USB_UNKNOWN, "" },
	};
	struct usb_device d[16];
	size_t n;

	for (size_t i = sizeof(want) / sizeof(want[0]); i-- > 0;)
		put(want[i].path, "");
	put("/dev/ttyS0", "");       /* no USB */
	put("/dev/ttyUSBx", "");     /* no node of that driver */
	put("/dev/usb/lp", "");
	put("/dev/usb/hiddev0", "");
	interface("/sys/class/usbmisc", "lp0", NULL, "07\n");
	interface("/sys/class/usbmisc", "lp1", NULL, "ff\n");
	interface("/sys/class/tty", "ttyACM0", NULL, "02\n");
	interface("/sys/class/tty", "ttyUSB0", "port", "ff\n");
	put_link("/dev/serial/by-id/usb-ZZZ", "../../ttyUSB0");
	put_link("/dev/serial/by-id/usb-FTDI_FT232R-if00-port0", "../../ttyUSB0");
	put_link("/dev/usb/by-id/usb-EPSON_TM", "../lp1");
	n = usb_list(root, d, 16);
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(d[i].path, want[i].path);
		assert_string_equal(d[i].stable, want[i].stable);
		assert_int_equal(d[i].class, want[i].class);
	}
	assert_int_equal(usb_list(root, d, 2), 2);
	assert_int_equal(usb_list(root, d, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_classes_and_links, make_root, drop_root),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
