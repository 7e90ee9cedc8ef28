/*
 * Bit tables of the manuals (DLE EOT, GS a). Note that near-end and end are at
 * 03 and 0C in the ASB packet, but at 0C and 60 in DLE EOT 4.
 */
#include "status.h"

enum { DLE_EOT_FIXED = 0x12, ASB_FIXED = 0x10 };

bool status_is_error(const struct status *s)
{
	return s->cutter_error || s->mechanical_error || s->fatal_error || s->head_hot;
}

bool status_is_offline(const struct status *s)
{
	return s->offline || s->cover_open || s->paper_out || status_is_error(s);
}

static uint8_t bit(bool set, uint8_t mask)
{
	return set ? mask : 0;
}

uint8_t status_dle_eot(const struct status *s, uint8_t n)
{
	switch (n) {
	case 1:
		return DLE_EOT_FIXED | bit(s->drawer_open, 0x04) | bit(status_is_offline(s), 0x08);
	case 2:
		return DLE_EOT_FIXED | bit(s->cover_open, 0x04) | bit(s->paper_out, 0x20) |
		       bit(status_is_error(s), 0x40);
	case 3:
		return DLE_EOT_FIXED | bit(s->mechanical_error, 0x04) |
		       bit(s->cutter_error, 0x08) | bit(s->fatal_error, 0x20) |
		       bit(s->head_hot, 0x40);
	case 4:
		return DLE_EOT_FIXED | bit(s->paper_low || s->paper_out, 0x0c) |
		       bit(s->paper_out, 0x60);
	default:
		return 0;
	}
}

void status_asb(const struct status *s, uint8_t packet[static 4])
{
	packet[0] = ASB_FIXED | bit(s->drawer_open, 0x04) | bit(status_is_offline(s), 0x08) |
	            bit(s->cover_open, 0x20);
	packet[1] = bit(s->mechanical_error, 0x04) | bit(s->cutter_error, 0x08) |
	            bit(s->fatal_error, 0x20) | bit(s->head_hot, 0x40);
	packet[2] = bit(s->paper_low || s->paper_out, 0x03) | bit(s->paper_out, 0x0c);
	packet[3] = 0;
}

bool status_asb_differs(const uint8_t a[static 4], const uint8_t b[static 4], uint8_t mask)
{
	uint8_t first = bit(mask & 0x01, 0x04) | bit(mask & 0x02, 0x28) | bit(mask & 0x40, 0x40);
	uint8_t second = bit(mask & 0x04, 0x6c);
	uint8_t third = bit(mask & 0x08, 0x0f);

	return ((a[0] ^ b[0]) & first) || ((a[1] ^ b[1]) & second) || ((a[2] ^ b[2]) & third);
}

uint8_t status_paper(const struct status *s)
{
	return bit(s->paper_low || s->paper_out, 0x03) | bit(s->paper_out, 0x0c);
}

uint8_t status_drawer(const struct status *s)
{
	return bit(s->drawer_open, 0x01);
}
