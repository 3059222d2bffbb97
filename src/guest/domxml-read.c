/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domain XML from a file descriptor that anybody may write to. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "guest/domxml-private.h"

/* Elements and attributes each become a node, which is larger than its text: without a bound a few
 * MiB of "<a/>" would take hundreds. No guest comes near it. */
#define MARKS_MAX 500000

static gboolean
check_text (const GString *text, GError **error)
{
  gsize marks = 0;

  if (text->len > VFP_XML_SIZE_MAX)
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "domain XML: longer than %d MiB",
                      VFP_XML_SIZE_MAX / 1024 / 1024);
  if (memchr (text->str, '\0', text->len) != NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "domain XML: it has a zero byte, so it is no XML");
  for (gsize i = 0; i < text->len; i++)
    marks += text->str[i] == '<' || text->str[i] == '=';
  if (marks > MARKS_MAX)
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "domain XML: more than %d elements and attributes",
                      MARKS_MAX);
  return TRUE;
}

char *
vfp_domxml_read (int fd, GError **error)
{
  GString *text = g_string_new (NULL);
  char buffer[16384];
  ssize_t got;

  do
    {
      got = read (fd, buffer, sizeof buffer);
      if (got > 0)
        g_string_append_len (text, buffer, got);
    }
  while ((got > 0 && text->len <= VFP_XML_SIZE_MAX) || (got < 0 && errno == EINTR));

  if (got < 0)
    vfp_throw_errno (error, VFP_ERROR_LIBVIRT, errno, "domain XML: cannot read it");
  if (got < 0 || !check_text (text, error))
    {
      g_string_free (text, TRUE);
      return NULL;
    }
  return g_string_free (text, FALSE);
}
