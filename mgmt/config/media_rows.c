/* media_rows.c -- config_media, then one config_realm for each realm. */
#include "mgmt/config/media_rows.h"

static struct slice to_blob(const struct addr *a, uint8_t blob[ADDR_BLOB_MAX])
{
	return (struct slice){ (const char *)blob, addr_to_blob(a, blob) };
}

static enum err send_realm(struct ipc_channel *media, uint64_t revision,
			   const struct config_realm *realm)
{
	uint8_t address[ADDR_BLOB_MAX], address6[ADDR_BLOB_MAX], advertised[ADDR_BLOB_MAX];
	struct ipc_config_realm row = {
		.revision = revision,
		.name = slice_from_text(realm->object.name),
		.address = to_blob(&realm->address, address),
		.address6 = to_blob(&realm->address6, address6),
		.advertised = to_blob(&realm->advertised, advertised),
		.port_low = realm->media_ports.low,
		.port_high = realm->media_ports.high,
		.dscp = (uint8_t)realm->dscp_media,
	};

	return ipc_send(media, IPC_config_realm, 0, &row);
}

static enum err send_rows(struct ipc_channel *media, uint64_t revision, const struct config *c)
{
	struct ipc_config_media head = { .revision = revision,
					 .path = c->media[0].path,
					 .workers = (uint16_t)c->media[0].workers };
	enum err e = ipc_send(media, IPC_config_media, 0, &head);

	for (size_t i = 0; !e && i < c->realm_count; i++)
		e = send_realm(media, revision, &c->realm[i]);
	return e;
}

enum err media_rows_send(struct ipc_channel *media, uint64_t revision, const struct config *c)
{
	struct config *resolved;
	enum err e = config_copy(c, &resolved);

	if (e)
		return e;
	config_resolve(resolved);
	e = send_rows(media, revision, resolved);
	config_destroy(resolved);
	return e;
}
