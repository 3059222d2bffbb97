/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling bridges and switches where a MAC is. */
#include "config.h"

#include "host/announce.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/socket.h>

#include "base/error.h"
#include "host/fd.h"

#define REVERSE_REQUEST 3
#define TAG_LENGTH 4

/* RFC 903: the sender asks for its own address. */
typedef struct
{
  struct arphdr arp;
  guint8 sender_mac[ETH_ALEN];
  guint8 sender_ip[4];
  guint8 target_mac[ETH_ALEN];
  guint8 target_ip[4];
  guint8 padding[18];
} __attribute__ ((packed)) Request;

G_STATIC_ASSERT (sizeof (Request) == ETH_ZLEN - ETH_HLEN);
G_STATIC_ASSERT (ETH_ZLEN + TAG_LENGTH == VFP_ANNOUNCE_MAX);

/* Appends two bytes in network order. */
static guint8 *
put_word (guint8 *at, guint16 word)
{
  at[0] = (guint8) (word >> 8);
  at[1] = (guint8) word;
  return at + 2;
}

gsize
vfp_announce_make (const VfpMac *mac, guint16 vlan, guint16 proto, guint8 frame[VFP_ANNOUNCE_MAX])
{
  Request request = { .arp = { .ar_hrd = htons (ARPHRD_ETHER),
                               .ar_pro = htons (ETH_P_IP),
                               .ar_hln = ETH_ALEN,
                               .ar_pln = sizeof request.sender_ip,
                               .ar_op = htons (REVERSE_REQUEST) } };
  guint8 *at = frame;

  memcpy (request.sender_mac, mac->octet, ETH_ALEN);
  memcpy (request.target_mac, mac->octet, ETH_ALEN);
  memset (at, 0xff, ETH_ALEN);
  memcpy (at + ETH_ALEN, mac->octet, ETH_ALEN);
  at += 2 * (gsize) ETH_ALEN;
  if (vlan != 0)
    at = put_word (put_word (at, proto), vlan);
  at = put_word (at, ETH_P_RARP);
  memcpy (at, &request, sizeof request);
  return (gsize) (at - frame) + sizeof request;
}

gboolean
vfp_announce_send (const char *netdev, const VfpMac *mac, guint16 vlan, guint16 proto,
                   GError **error)
{
  guint8 frame[VFP_ANNOUNCE_MAX];
  const gsize length = vfp_announce_make (mac, vlan, proto, frame);
  const struct sockaddr_ll to = { .sll_family = AF_PACKET,
                                  .sll_protocol = htons (vlan != 0 ? proto : ETH_P_RARP),
                                  .sll_ifindex = (int) if_nametoindex (netdev),
                                  .sll_halen = ETH_ALEN };
  /* Protocol 0: it receives nothing. */
  g_auto (VfpFd) fd = socket (AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

  if (fd >= 0 && to.sll_ifindex != 0
      && sendto (fd, frame, length, MSG_DONTWAIT, (const struct sockaddr *) &to, sizeof to)
             == (ssize_t) length)
    return TRUE;

  const int errnum = errno;
  return vfp_throw_errno (error, errnum == EPERM ? VFP_ERROR_NO_PERMISSION : VFP_ERROR_HOST, errnum,
                          "netdev '%s' cannot send", netdev);
}
