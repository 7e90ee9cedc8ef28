/*
 * The commands of platen-sim: one kind of device each, one file each, one row
 * in main.c each.
 */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

/* argv[0] is the command's own name. Returns the exit status. */
int command_printer(int argc, char **argv);

#endif
