/** The most that goes through AES-CMAC's cipher in one call, in bytes; a multiple of the AES block.
 *  Node 20: with 4 KiB, 64 KiB take 1.1 times as long; more than this gains nothing. */
export const MAX_CIPHER_STRIDE = 16_384;

/** Keys whose tables are kept between messages, 7 KiB each; those of sessions that are idle go first. */
export const MAX_SMALL_GCMS = 256;

/** Messages whose signatures are prepared together, each for both sides: 16 bytes for each side. */
export const MAX_MASKS_AHEAD = 32;
