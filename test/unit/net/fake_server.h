/*
 * The server's side of a WebSocket for the tests of clients, on a fake
 * connection: answers the opening handshake, sends frames, reads what came.
 */
#ifndef TEST_FAKE_SERVER_H
#define TEST_FAKE_SERVER_H

#include "fake_conn.h"

/* The 101 for the request that the client has written on `c`. */
void fake_server_accept(struct conn *c, struct buf *reply);
/* Let the client connect and open; its connection. */
struct conn *fake_server_open(void);
/* Append a frame as a server sends it: `first` is FIN, RSV and opcode. */
void fake_server_frame(struct buf *out, unsigned first, struct str payload);
void fake_server_say(struct conn *c, struct str text);
/* Take the client's frames apart: "T(text)B(bytes)P()Q()X(code)" for text, binary,
 * ping, pong, close; '!' where one is not masked. Clears what the client wrote. */
void fake_server_hear(struct conn *c, struct buf *said);

#endif
