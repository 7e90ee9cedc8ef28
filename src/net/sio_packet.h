/*
 * The packets of Engine.IO 4 and Socket.IO 4 (protocol revision 5) as pure
 * functions. Sources: socket.io/docs/v4/engine-io-protocol and
 * socket.io-protocol, checked against the npm packages of 4.8.
 *
 * One WebSocket message is one Engine.IO packet: a digit, and what belongs to
 * it. Of type EIO_MESSAGE that is a Socket.IO packet:
 *
 *   type [attachments "-"] [namespace ","] [ack id] [JSON]
 */
#ifndef NET_SIO_PACKET_H
#define NET_SIO_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

enum eio_type {
	EIO_OPEN,
	EIO_CLOSE,
	EIO_PING,
	EIO_PONG,
	EIO_MESSAGE,
	EIO_UPGRADE,
	EIO_NOOP,
};

/* `rest` is what follows the digit. False: not an Engine.IO packet. */
bool eio_parse(struct str text, enum eio_type *type, struct str *rest);

struct eio_open {
	int64_t ping_interval_ms, ping_timeout_ms;
	int64_t max_payload; /* bytes that the server takes at once; 0: it did not say */
};
/* What follows EIO_OPEN's digit. False if it is malformed or a time is not in
 * 1 ms to 1 h. */
bool eio_parse_open(struct str text, struct eio_open *open);

enum sio_type {
	SIO_CONNECT,
	SIO_DISCONNECT,
	SIO_EVENT,
	SIO_ACK,
	SIO_CONNECT_ERROR,
	SIO_BINARY_EVENT,
	SIO_BINARY_ACK,
};

#define SIO_NO_ACK (-1)

/* Slices of the text that was parsed. */
struct sio_packet {
	enum sio_type type;
	struct str name_space; /* "/" if the packet names none */
	int64_t ack;           /* SIO_NO_ACK */
	struct json_doc *doc;  /* NULL: no JSON */
};

/*
 * Parse a whole packet, its JSON included, and check that the JSON is what the
 * type wants: nothing or an object (CONNECT), nothing (DISCONNECT), an array
 * that begins with a string or a number (events), an array (acks), a string or
 * an object (CONNECT_ERROR). False if anything is wrong; `p` is then empty.
 */
bool sio_packet_parse(struct str text, struct sio_packet *p);
void sio_packet_finish(struct sio_packet *p);

/* Append EIO_MESSAGE and the packet: `json` is JSON text, or empty. */
void sio_packet_write(struct buf *out, enum sio_type type, struct str name_space, int64_t ack,
    struct str json);

#endif
