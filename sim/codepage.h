/*
 * From the bytes of a receipt to Unicode: the one-byte code pages of ESC t (in
 * Epson's numbering), the national sets of ESC R, and GBK.
 */
#ifndef SIM_CODEPAGE_H
#define SIM_CODEPAGE_H

#include <stdbool.h>
#include <stdint.h>

bool codepage_known(uint8_t number);
const char *codepage_name(uint8_t number); /* "cp437"; NULL if unknown */
/* 0 where the page has no character. An unknown page acts as 0 (cp437). */
uint32_t codepage_decode(uint8_t number, uint8_t byte);
/* A byte below 0x80 in national set ESC R n. */
uint32_t codepage_national(uint8_t country, uint8_t byte);
/* One GB18030 character of two or four bytes; 0 if it is none. */
uint32_t codepage_gbk(const uint8_t *bytes, unsigned len);

#endif
