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

/* RFC 903: the sender asks for its own address. */
typedef struct
{
  struct ethhdr ethernet;
  struct arphdr arp;
  guint8 sender_mac[ETH_ALEN];
  guint8 sender_ip[4];
  guint8 target_mac[ETH_ALEN];
  guint8 target_ip[4];
  guint8 padding[18];
} __attribute__ ((packed)) Frame;

G_STATIC_ASSERT (sizeof (Frame) == ETH_ZLEN);

static Frame
make_frame (const VfpMac *mac)
{
  Frame frame = { .ethernet.h_proto = htons (ETH_P_RARP),
                  .arp = { .ar_hrd = htons (ARPHRD_ETHER),
                           .ar_pro = htons (ETH_P_IP),
                           .ar_hln = ETH_ALEN,
                           .ar_pln = sizeof frame.sender_ip,
                           .ar_op = htons (REVERSE_REQUEST) } };

  memset (frame.ethernet.h_dest, 0xff, ETH_ALEN);
  memcpy (frame.ethernet.h_source, mac->octet, ETH_ALEN);
  memcpy (frame.sender_mac, mac->octet, ETH_ALEN);
  memcpy (frame.target_mac, mac->octet, ETH_ALEN);
  return frame;
}

gboolean
vfp_announce_send (const char *netdev, const VfpMac *mac, GError **error)
{
  const Frame frame = make_frame (mac);
  const struct sockaddr_ll to = { .sll_family = AF_PACKET,
                                  .sll_protocol = htons (ETH_P_RARP),
                                  .sll_ifindex = (int) if_nametoindex (netdev),
                                  .sll_halen = ETH_ALEN };
  /* Protocol 0: it receives nothing. */
  g_auto (VfpFd) fd = socket (AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

  if (fd >= 0 && to.sll_ifindex != 0
      && sendto (fd, &frame, sizeof frame, MSG_DONTWAIT, (const struct sockaddr *) &to, sizeof to)
             == sizeof frame)
    return TRUE;

  const int errnum = errno;
  return vfp_throw_errno (error, errnum == EPERM ? VFP_ERROR_NO_PERMISSION : VFP_ERROR_HOST, errnum,
                          "netdev '%s' cannot send", netdev);
}
