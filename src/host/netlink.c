/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's rtnetlink: one socket, one request at a time. */
#include "config.h"

#include "host/netlink.h"

#include <errno.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "base/error.h"
#include "host/announce.h"
#include "host/netlink-private.h"

/* A dump during which addresses change is asked for again so many times. */
#define DUMP_ATTEMPTS 5

typedef struct
{
  VfpNetlink base;
  struct nl_sock *socket; /* NULL: not open */
} Kernel;

/* The kernel's refusal of one request. */
typedef struct
{
  int errnum; /* 0: none */
  char *text;
} Refusal;

static void
refusal_clear (Refusal *refusal)
{
  g_free (refusal->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Refusal, refusal_clear)

typedef struct nl_cb NlCb;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NlCb, nl_cb_put)

void
vfp_link_free (VfpLink *link)
{
  if (link == NULL)
    return;
  g_strfreev (link->altnames);
  g_array_unref (link->vfs);
  g_free (link);
}

void
vfp_netlink_free (VfpNetlink *netlink)
{
  if (netlink != NULL)
    netlink->free (netlink);
}

/* Without automatic acknowledgements one nl_recvmsgs() reads the whole reply. */
static gboolean
open_socket (Kernel *kernel, GError **error)
{
  const int on = 1;

  if (kernel->socket != NULL)
    return TRUE;

  kernel->socket = nl_socket_alloc ();
  if (kernel->socket == NULL)
    return vfp_throw (error, VFP_ERROR_HOST, "netlink: no memory for a socket");
  nl_socket_disable_auto_ack (kernel->socket);

  const int result = nl_connect (kernel->socket, NETLINK_ROUTE);
  if (result != 0)
    {
      g_clear_pointer (&kernel->socket, nl_socket_free);
      return vfp_throw (error, VFP_ERROR_HOST, "netlink: the socket cannot be opened: %s",
                        nl_geterror (result));
    }

  /* Kernels before 4.12 have neither; errors are then without the kernel's own words. */
  (void) setsockopt (nl_socket_get_fd (kernel->socket), SOL_NETLINK, NETLINK_EXT_ACK, &on,
                     sizeof on);
  (void) setsockopt (nl_socket_get_fd (kernel->socket), SOL_NETLINK, NETLINK_CAP_ACK, &on,
                     sizeof on);
  return TRUE;
}

static int
on_refusal (struct sockaddr_nl *peer, struct nlmsgerr *reply, void *data)
{
  const struct nlmsghdr *header = (const struct nlmsghdr *) ((const char *) reply - NLMSG_HDRLEN);
  Refusal *refusal = data;

  refusal->errnum = -reply->error;
  g_free (refusal->text);
  refusal->text = vfp_netlink_parse_ext_ack (header);
  return NL_STOP;
}

/* Sends @message and gives what comes back to @on_valid (may be NULL). TRUE when the exchange as
 * such worked: whether the kernel refused is in @refusal. */
static gboolean
talk (Kernel *kernel, NlMsg *message, nl_recvmsg_msg_cb_t on_valid, void *data, Refusal *refusal,
      GError **error)
{
  if (!open_socket (kernel, error))
    return FALSE;

  g_autoptr (NlCb) callbacks = nl_cb_alloc (NL_CB_DEFAULT);
  if (callbacks == NULL || message == NULL)
    return vfp_throw (error, VFP_ERROR_HOST, "netlink: no memory for a request");
  nl_cb_err (callbacks, NL_CB_CUSTOM, on_refusal, refusal);
  if (on_valid != NULL)
    nl_cb_set (callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_valid, data);

  int result = nl_send_auto (kernel->socket, message);
  if (result >= 0)
    result = nl_recvmsgs (kernel->socket, callbacks);
  if (result >= 0 || refusal->errnum != 0)
    return TRUE;
  if (result == -NLE_DUMP_INTR)
    {
      refusal->errnum = EINTR;
      return TRUE;
    }

  /* What is left of this exchange must not answer the next request. */
  g_clear_pointer (&kernel->socket, nl_socket_free);
  return vfp_throw (error, VFP_ERROR_HOST, "netlink: the kernel did not answer: %s",
                    nl_geterror (result));
}

static int
on_link (NlMsg *message, void *data)
{
  VfpLink **link = data;

  if (*link == NULL)
    *link = vfp_netlink_parse_link (message);
  return NL_OK;
}

static VfpLink *
kernel_get_link (VfpNetlink *netlink, const char *netdev, GError **error)
{
  g_autoptr (NlMsg) request = vfp_netlink_build_get_link (netdev);
  g_autoptr (VfpLink) link = NULL;
  g_auto (Refusal) refusal = { 0 };

  if (!talk ((Kernel *) netlink, request, on_link, &link, &refusal, error))
    return NULL;
  if (refusal.errnum != 0)
    vfp_throw_errno (error, VFP_ERROR_HOST, refusal.errnum, "netdev '%s' cannot be read", netdev);
  else if (link == NULL)
    vfp_throw (error, VFP_ERROR_HOST, "netdev '%s' cannot be read: the kernel's answer is no link",
               netdev);
  return g_steal_pointer (&link);
}

static gboolean
send_setting (Kernel *kernel, const char *netdev, unsigned index, VfpSetting which,
              const VfpSettings *settings, gboolean legacy_rate, Refusal *refusal, GError **error)
{
  g_autoptr (NlMsg) request
      = vfp_netlink_build_set_vf (netdev, index, which, settings, legacy_rate);

  return talk (kernel, request, NULL, NULL, refusal, error);
}

static gboolean
kernel_set_vf (VfpNetlink *netlink, const char *netdev, unsigned index, VfpSetting which,
               const VfpSettings *settings, GError **error)
{
  Kernel *kernel = (Kernel *) netlink;
  g_auto (Refusal) refusal = { 0 };
  g_auto (Refusal) legacy = { 0 };

  if (!send_setting (kernel, netdev, index, which, settings, FALSE, &refusal, error))
    return FALSE;
  if (refusal.errnum == 0)
    return TRUE;

  if (which == VFP_SETTING_RATE && settings->min_tx_rate == 0
      && (refusal.errnum == EOPNOTSUPP || refusal.errnum == EINVAL))
    {
      if (!send_setting (kernel, netdev, index, which, settings, TRUE, &legacy, error))
        return FALSE;
      if (legacy.errnum == 0)
        return TRUE;
    }
  return vfp_netlink_throw_set (netdev, index, which, settings, refusal.errnum, refusal.text,
                                error);
}

static gboolean
kernel_set_up (VfpNetlink *netlink, const char *netdev, GError **error)
{
  g_autoptr (NlMsg) request = vfp_netlink_build_set_up (netdev);
  g_auto (Refusal) refusal = { 0 };

  if (!talk ((Kernel *) netlink, request, NULL, NULL, &refusal, error))
    return FALSE;
  if (refusal.errnum == 0)
    return TRUE;
  return vfp_throw_errno (error, refusal.errnum == EPERM ? VFP_ERROR_NO_PERMISSION : VFP_ERROR_HOST,
                          refusal.errnum, "netdev '%s' cannot be brought up", netdev);
}

typedef struct
{
  int bridge;
  const VfpMac *mac;
  GArray *found; /* VfpLearnt */
} Learnt;

static int
on_learnt (NlMsg *message, void *data)
{
  const Learnt *learnt = data;
  VfpLearnt entry;

  if (vfp_netlink_parse_learnt (message, learnt->bridge, learnt->mac, &entry))
    g_array_append_val (learnt->found, entry);
  return NL_OK;
}

/* The entry, or its port, may have gone by itself meanwhile. */
static gboolean
forget (Kernel *kernel, const char *bridge, const VfpMac *mac, const VfpLearnt *entry,
        GError **error)
{
  g_autoptr (NlMsg) request = vfp_netlink_build_forget (mac, entry);
  g_auto (Refusal) refusal = { 0 };

  if (!talk (kernel, request, NULL, NULL, &refusal, error))
    return FALSE;
  if (refusal.errnum == 0 || refusal.errnum == ENOENT || refusal.errnum == ENODEV
      || refusal.errnum == EINVAL)
    return TRUE;
  return vfp_throw_errno (error, refusal.errnum == EPERM ? VFP_ERROR_NO_PERMISSION : VFP_ERROR_HOST,
                          refusal.errnum, "bridge '%s' cannot be told to forget a MAC", bridge);
}

static gboolean
kernel_forget_mac (VfpNetlink *netlink, const char *bridge, const VfpMac *mac, GError **error)
{
  Kernel *kernel = (Kernel *) netlink;
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (VfpLearnt));
  Learnt learnt = { (int) if_nametoindex (bridge), mac, found };
  g_autoptr (NlMsg) request = vfp_netlink_build_get_learnt ();
  g_auto (Refusal) refusal = { 0 };

  if (!talk (kernel, request, on_learnt, &learnt, &refusal, error))
    return FALSE;
  if (refusal.errnum != 0)
    return vfp_throw_errno (error, VFP_ERROR_HOST, refusal.errnum,
                            "what bridge '%s' has learnt cannot be read", bridge);
  for (guint i = 0; i < found->len; i++)
    if (!forget (kernel, bridge, mac, &g_array_index (found, VfpLearnt, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
kernel_announce (VfpNetlink *netlink, const char *netdev, const VfpMac *mac, guint16 vlan,
                 guint16 proto, GError **error)
{
  return vfp_announce_send (netdev, mac, vlan, proto, error);
}

static int
on_address (NlMsg *message, void *data)
{
  GHashTable *addresses = data;
  char name[IF_NAMESIZE];
  unsigned ifindex;
  g_autofree char *text = vfp_netlink_parse_address (message, &ifindex);

  if (text != NULL && if_indextoname (ifindex, name) != NULL
      && !g_hash_table_contains (addresses, name))
    g_hash_table_insert (addresses, g_strdup (name), g_steal_pointer (&text));
  return NL_OK;
}

static GHashTable *
kernel_get_addresses (VfpNetlink *netlink, GError **error)
{
  int errnum = 0;

  for (unsigned attempt = 0; attempt < DUMP_ATTEMPTS; attempt++)
    {
      g_autoptr (NlMsg) request = vfp_netlink_build_get_addresses ();
      g_autoptr (GHashTable) addresses
          = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_auto (Refusal) refusal = { 0 };

      if (!talk ((Kernel *) netlink, request, on_address, addresses, &refusal, error))
        return NULL;
      if (refusal.errnum == 0)
        return g_steal_pointer (&addresses);
      errnum = refusal.errnum;
    }

  vfp_throw_errno (error, VFP_ERROR_HOST, errnum, "the host's addresses cannot be read");
  return NULL;
}

static char *
kernel_get_driver (VfpNetlink *netlink, const char *netdev)
{
  g_autofree char *path = g_strdup_printf ("/sys/class/net/%s/device/driver", netdev);
  g_autofree char *target = g_file_read_link (path, NULL);

  return target != NULL ? g_path_get_basename (target) : NULL;
}

static void
kernel_free (VfpNetlink *netlink)
{
  Kernel *kernel = (Kernel *) netlink;

  g_clear_pointer (&kernel->socket, nl_socket_free);
  g_free (kernel);
}

VfpNetlink *
vfp_netlink_kernel_new (void)
{
  Kernel *kernel = g_new0 (Kernel, 1);

  kernel->base = (VfpNetlink){ .get_link = kernel_get_link,
                               .set_vf = kernel_set_vf,
                               .set_up = kernel_set_up,
                               .forget_mac = kernel_forget_mac,
                               .announce = kernel_announce,
                               .get_driver = kernel_get_driver,
                               .get_addresses = kernel_get_addresses,
                               .free = kernel_free };
  return &kernel->base;
}
