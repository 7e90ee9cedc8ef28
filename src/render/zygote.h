/*
 * The zygote: has loaded what drawing takes, and forks a caged child for each
 * document. One spare child is kept ready.
 *
 * It ends when the other side of `fd` closes, and when there was nothing to do
 * for ten minutes (platend starts it again by the next document).
 */
#ifndef RENDER_ZYGOTE_H
#define RENDER_ZYGOTE_H

int zygote_run(int fd); /* what main returns */

#endif
