/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain's XML binds the guest to on the host: formatdomain.rst, "CPU Tuning" and "NUMA Node
 * Tuning". */
#include "config.h"

#include "guest/domxml-private.h"

static GArray *
parse_set (const char *text)
{
  return text != NULL ? vfp_ranges_parse (text, "number", NULL) : NULL;
}

/* Adds what @more names to *@ranges, which may be NULL. Takes @more. */
static void
add_ranges (GArray **ranges, GArray *more)
{
  if (more == NULL)
    return;
  if (*ranges == NULL)
    {
      *ranges = more;
      return;
    }
  g_array_append_vals (*ranges, more->data, more->len);
  g_array_unref (more);
}

static GArray *
read_each (const xmlNode *parent, const char *name, const char *attribute)
{
  GArray *ranges = NULL;

  for (const xmlNode *node = vfp_xml_child (parent, name); node != NULL;
       node = vfp_xml_next (node, name))
    add_ranges (&ranges, parse_set (vfp_xml_attribute (node, attribute)));
  return ranges;
}

void
vfp_domxml_read_binding (const xmlNode *domain, GArray **out_nodes, GArray **out_cpus)
{
  const xmlNode *numatune = vfp_xml_child (domain, "numatune");

  *out_nodes = read_each (numatune, "memory", "nodeset");
  add_ranges (out_nodes, read_each (numatune, "memnode", "nodeset"));
  *out_cpus = read_each (vfp_xml_child (domain, "cputune"), "vcpupin", "cpuset");
  if (*out_cpus == NULL)
    *out_cpus = parse_set (vfp_xml_attribute (vfp_xml_child (domain, "vcpu"), "cpuset"));
}
