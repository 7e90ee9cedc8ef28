/*
 * Pages by an installed Chromium, over the pipe of its DevTools: started by the
 * first page, ended when there was none for five minutes. Answers a request
 * with ANSWER_PICTURE: the page as PNG, as wide as the paper.
 */
#ifndef RENDER_WEB_H
#define RENDER_WEB_H

int web_run(int fd); /* what main returns */

#endif
