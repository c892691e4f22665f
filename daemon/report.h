/*
 * report - what a running node can tell, as JSON and as metrics.
 */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include <bitmarkpeer/node.h>

#include <jansson.h>

/* Objects and arrays for bitmarkd-c(8), owned by the caller; NULL: no memory,
 * or the node is stopping. */
json_t *report_status(struct bitmark_node *node, const char *chain);
json_t *report_peers(struct bitmark_node *node);
json_t *report_connections(struct bitmark_node *node);
json_t *report_reservoir(struct bitmark_node *node);

/* The result of issues or a transfer. */
json_t *report_unit(const struct bitmark_unit_result *result);

/* The format of a Prometheus textfile, owned by the caller: free().  NULL as
 * above. */
char *report_metrics(struct bitmark_node *node, const char *chain);

/* Is there something that is no file, as a device?  No file takes its place, and
 * nobody removes it. */
bool report_is_special(const char *path);

/* Write it, for all to read: the old file or the new one is there, whole.
 * false: it could not be written, as where there is no file. */
bool report_write_metrics(struct bitmark_node *node, const char *chain,
    const char *path);

#endif
