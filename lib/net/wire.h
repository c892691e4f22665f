/*
 * wire - bytes of a connection as TCP carries them: what libzmq has read, and
 * what of it a frame made up that was handed over.  The rest is held by libzmq,
 * which keeps the frames of a message until the last has come, and bounds
 * neither their number nor their bytes.
 */
#ifndef BM_NET_WIRE_H
#define BM_NET_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a frame of ${size} bytes, with what CURVE and ZMTP put around it. */
size_t bm_wire_frame(size_t size);

/*
 * bm_wire_held(fd, delivered):
 * Bytes that libzmq holds of a connection, when those of *${delivered} have
 * been handed over.  That is corrected when it is too much: frames of who had
 * the descriptor before may come late.  0 where the system does not tell (other
 * than Linux 4.1).
 */
size_t bm_wire_held(int fd, uint64_t *delivered);

#endif
