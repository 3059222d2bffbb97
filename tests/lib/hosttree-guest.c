/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fake hosts: guests and networks as the fake of libvirt keeps them. */
#include "config.h"

#include "tests/lib/hosttree.h"

#include <string.h>

#include "host/netlink-fake.h"
#include "tests/lib/hosttree-private.h"

#define MEMORY_KIB 262144
#define FIRST_PORT_SLOT 2
#define FIRST_NIC_SLOT 16

/* The same for ever: version 4 in form, of a digest of @text. */
static char *
make_uuid (const char *text)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strdup_printf ("%.8s-%.4s-4%.3s-8%.3s-%.12s", digest, digest + 8, digest + 13,
                          digest + 17, digest + 20);
}

/* Ports as libvirt makes them: functions of slot 2, then of the next ones. */
static void
append_ports (GString *xml, unsigned ports, gboolean live)
{
  for (unsigned i = 0; i < ports; i++)
    {
      const unsigned slot = FIRST_PORT_SLOT + i / 8;
      const unsigned function = i % 8;

      g_string_append_printf (xml,
                              "    <controller type='pci' index='%u' model='pcie-root-port'>\n"
                              "      <model name='pcie-root-port'/>\n"
                              "      <target chassis='%u' port='0x%x'/>\n",
                              i + 1, i + 1, slot << 3 | function);
      if (live)
        g_string_append_printf (xml, "      <alias name='pci.%u'/>\n", i + 1);
      g_string_append_printf (xml,
                              "      <address type='pci' domain='0x0000' bus='0x00' slot='0x%02x' "
                              "function='0x%x'%s/>\n"
                              "    </controller>\n",
                              slot, function, function == 0 ? " multifunction='on'" : "");
    }
}

/* "52:54:00:…", the same for ever. */
static char *
make_mac (const char *guest, unsigned number)
{
  g_autofree char *text = g_strdup_printf ("%s %u", guest, number);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strdup_printf ("52:54:00:%.2s:%.2s:%.2s", digest, digest + 2, digest + 4);
}

static void
append_nic (GString *xml, const char *guest, const char *text, unsigned number, gboolean live)
{
  g_auto (GStrv) standby = g_strsplit (text, "+", 2);
  g_auto (GStrv) model = g_strsplit (standby[0], ":", 2);
  g_auto (GStrv) source = g_strsplit (model[0], "=", 2);
  g_autofree char *mac = make_mac (guest, number);

  g_string_append_printf (xml,
                          "    <interface type='%s'>\n"
                          "      <mac address='%s'/>\n"
                          "      <source %s='%s'/>\n"
                          "      <model type='%s'/>\n",
                          source[0], mac, source[0], source[1],
                          model[1] != NULL ? model[1] : "virtio");
  if (standby[1] != NULL)
    g_string_append_printf (xml, "      <teaming type='persistent'/>\n      <alias name='%s'/>\n",
                            standby[1]);
  else if (live)
    g_string_append_printf (xml, "      <alias name='net%u'/>\n", number);
  g_string_append_printf (xml,
                          "      <address type='pci' domain='0x0000' bus='0x00' slot='0x%02x' "
                          "function='0x0'/>\n"
                          "    </interface>\n",
                          FIRST_NIC_SLOT + number);
}

static char *
make_domain_xml (HostTree *tree, const HostGuest *guest, const char *uuid, gboolean live)
{
  const gboolean is_pc = g_strcmp0 (guest->machine, "pc") == 0;
  GString *xml = g_string_new ("<domain type='kvm'");

  if (live)
    g_string_append_printf (xml, " id='%u'", tree->next_guest);
  g_string_append_printf (xml,
                          ">\n"
                          "  <name>%s</name>\n"
                          "  <uuid>%s</uuid>\n"
                          "  <memory unit='KiB'>%u</memory>\n"
                          "  <currentMemory unit='KiB'>%u</currentMemory>\n"
                          "  <vcpu placement='static'>1</vcpu>\n"
                          "  <os>\n"
                          "    <type arch='x86_64' machine='%s'>hvm</type>\n"
                          "  </os>\n"
                          "  <features>\n"
                          "    <acpi/>\n"
                          "  </features>\n"
                          "  <on_poweroff>destroy</on_poweroff>\n"
                          "  <on_reboot>restart</on_reboot>\n"
                          "  <on_crash>destroy</on_crash>\n"
                          "  <devices>\n"
                          "    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
                          "    <controller type='pci' index='0' model='%s'%s",
                          guest->name, uuid, MEMORY_KIB, MEMORY_KIB,
                          is_pc ? "pc-i440fx-7.2" : "pc-q35-7.2", is_pc ? "pci-root" : "pcie-root",
                          live ? ">\n" : "/>\n");
  if (live)
    g_string_append_printf (xml, "      <alias name='%s.0'/>\n    </controller>\n",
                            is_pc ? "pci" : "pcie");
  if (!is_pc)
    append_ports (xml, guest->ports, live);
  for (unsigned i = 0; i < HOST_NICS && guest->nics[i] != NULL; i++)
    append_nic (xml, guest->name, guest->nics[i], i, live);
  g_string_append (xml, "    <memballoon model='none'/>\n  </devices>\n</domain>");
  return g_string_free (xml, FALSE);
}

static void
write_guest_conf (HostTree *tree, const HostGuest *guest, const char *folder, const char *uuid)
{
  g_autoptr (GKeyFile) conf = g_key_file_new ();
  g_autofree char *path = g_strdup_printf ("%s/guest.conf", folder);
  gsize length;

  g_key_file_set_string (conf, "guest", "uuid", uuid);
  g_key_file_set_boolean (conf, "guest", "running", !guest->off);
  g_key_file_set_boolean (conf, "guest", "paused", guest->paused);
  g_key_file_set_boolean (conf, "guest", "persistent", !guest->transient);
  g_key_file_set_boolean (conf, "guest", "hung", guest->hung);
  g_autofree char *text = g_key_file_to_data (conf, &length, NULL);
  hosttree_write_bytes (tree, path, text, length);
}

void
hosttree_add_guest (HostTree *tree, const HostGuest *guest)
{
  g_autofree char *uuid = guest->uuid != NULL ? g_strdup (guest->uuid) : make_uuid (guest->name);
  g_autofree char *folder = g_strdup_printf (VFP_FAKE_DIR "/guests/%s", guest->name);

  tree->next_guest++;
  hosttree_make_folder (tree, folder);
  write_guest_conf (tree, guest, folder, uuid);
  if (!guest->off)
    {
      g_autofree char *xml = make_domain_xml (tree, guest, uuid, TRUE);
      hosttree_write_format (tree, folder, "live.xml", "%s", xml);
    }
  if (!guest->transient)
    {
      g_autofree char *xml = make_domain_xml (tree, guest, uuid, FALSE);
      hosttree_write_format (tree, folder, "config.xml", "%s", xml);
    }
}

void
hosttree_add_network (HostTree *tree, const char *name, const char *pf)
{
  g_autofree char *file = g_strdup_printf ("%s.xml", name);
  g_autofree char *uuid = make_uuid (name);

  hosttree_write_format (tree, VFP_FAKE_DIR "/networks", file,
                         "<network>\n"
                         "  <name>%s</name>\n"
                         "  <uuid>%s</uuid>\n"
                         "  <forward mode='hostdev' managed='yes'>\n"
                         "    <pf dev='%s'/>\n"
                         "  </forward>\n"
                         "</network>",
                         name, uuid, pf);
}

void
hosttree_add_bridged_network (HostTree *tree, const char *name, const char *bridge)
{
  g_autofree char *file = g_strdup_printf ("%s.xml", name);
  g_autofree char *uuid = make_uuid (name);

  hosttree_write_format (tree, VFP_FAKE_DIR "/networks", file,
                         "<network>\n"
                         "  <name>%s</name>\n"
                         "  <uuid>%s</uuid>\n"
                         "  <forward mode='nat'/>\n"
                         "  <bridge name='%s' stp='on' delay='0'/>\n"
                         "</network>",
                         name, uuid, bridge);
}

void
hosttree_add_bridge (HostTree *tree, const char *name, const char *lowers)
{
  g_auto (GStrv) names = g_strsplit (lowers, ",", -1);
  g_autofree char *folder = g_strdup_printf ("sys/devices/virtual/net/%s/bridge", name);
  g_autofree char *link = g_strdup_printf ("sys/class/net/%s", name);
  g_autofree char *target = g_strdup_printf ("../../devices/virtual/net/%s", name);

  hosttree_make_folder (tree, folder);
  hosttree_link (tree, link, target);
  for (char **lower = names; *lower != NULL; lower++)
    {
      g_autofree char *path = g_strdup_printf ("sys/devices/virtual/net/%s/lower_%s", name, *lower);
      g_autofree char *to = g_strdup_printf ("../../../../class/net/%s", *lower);

      if (**lower != '\0')
        hosttree_link (tree, path, to);
    }
}
