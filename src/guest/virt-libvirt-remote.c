/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host is asked before a guest is sent to it. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/deadline.h"
#include "base/error.h"

/* What may hang with the other host, in a thread that is left behind then. */
typedef struct
{
  virConnect *connection;
  char *words[5]; /* what it is about; each may be NULL */
} Question;

typedef struct
{
  VfpSays says;
  char *text;
} Answer;

static void
question_free (gpointer data)
{
  Question *question = data;

  virConnectClose (question->connection);
  for (gsize i = 0; i < G_N_ELEMENTS (question->words); i++)
    g_free (question->words[i]);
  g_free (question);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->text);
  g_free (answer);
}

static Answer *
answer_new (VfpSays says, const char *text)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->says = says;
  answer->text = g_strdup (text);
  return answer;
}

static gboolean
ask (VfpVirt *virt, VfpDeadlineFunc func, const char *const words[5], VfpSays *out_says,
     char **out_text, GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;

  if (!vfp_virt_libvirt_connect (self, vfp_virt_libvirt_deadline (self), NULL, error))
    return FALSE;

  Question *question = g_new0 (Question, 1);
  virConnectRef (self->connection);
  question->connection = self->connection;
  for (gsize i = 0; i < G_N_ELEMENTS (question->words); i++)
    question->words[i] = g_strdup (words[i]);

  Answer *answer = vfp_deadline_run (func, question, question_free, answer_free,
                                     vfp_virt_libvirt_deadline (self), self->interrupted,
                                     "the destination's libvirt", error);
  if (answer == NULL)
    return FALSE;
  *out_says = answer->says;
  if (out_text != NULL)
    *out_text = g_steal_pointer (&answer->text);
  answer_free (answer);
  return TRUE;
}

/* NULL with @error set where the host does not answer; else the error is the answer. */
static Answer *
answer_failed (VfpSays says, GError **error)
{
  g_autoptr (GError) local = NULL;

  vfp_virt_error_take (&local);
  if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE))
    return answer_new (says, local->message);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static gpointer
find_network (gpointer data, GError **error)
{
  const Question *question = data;
  virNetwork *found = virNetworkLookupByName (question->connection, question->words[0]);

  if (found == NULL)
    return answer_failed (
        vfp_virt_error_code () == VIR_ERR_NO_NETWORK ? VFP_SAYS_NO : VFP_SAYS_UNKNOWN, error);

  const int active = virNetworkIsActive (found);
  virNetworkFree (found);
  return active < 0 ? answer_failed (VFP_SAYS_UNKNOWN, error)
                    : answer_new (active ? VFP_SAYS_YES : VFP_SAYS_NO, NULL);
}

gboolean
vfp_virt_libvirt_has_network (VfpVirt *virt, const char *name, VfpSays *out_says, GError **error)
{
  const char *const words[5] = { name };

  return ask (virt, find_network, words, out_says, NULL, error);
}

/* Where QEMU's driver cannot compare (another architecture, TCG of some versions), libvirt says so
 * at the migration itself. */
static Answer *
compare_cpu (const Question *question, GError **error)
{
  const char *virt_type = question->words[0], *arch = question->words[1],
             *machine = question->words[2], *cpu = question->words[3];

  switch (virConnectCompareHypervisorCPU (question->connection, NULL, arch, machine, virt_type, cpu,
                                          VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE))
    {
    case VIR_CPU_COMPARE_IDENTICAL:
    case VIR_CPU_COMPARE_SUPERSET:
      return answer_new (VFP_SAYS_YES, NULL);
    case VIR_CPU_COMPARE_INCOMPATIBLE:
      return answer_new (VFP_SAYS_NO, "its CPU lacks features of the guest's");
    default:
      return answer_failed (vfp_virt_error_code () == VIR_ERR_CPU_INCOMPATIBLE ? VFP_SAYS_NO
                                                                               : VFP_SAYS_UNKNOWN,
                            error);
    }
}

static gpointer
compare (gpointer data, GError **error)
{
  const Question *question = data;
  char *capabilities = virConnectGetDomainCapabilities (
      question->connection, NULL, question->words[1], question->words[2], question->words[0], 0);

  if (capabilities == NULL)
    return answer_failed (VFP_SAYS_NO, error);
  free (capabilities);
  if (question->words[3] != NULL)
    return compare_cpu (question, error);
  return question->words[4] == NULL
             ? answer_new (VFP_SAYS_YES, NULL)
             : answer_new (VFP_SAYS_UNKNOWN, "libvirt cannot compare a CPU of this mode");
}

gboolean
vfp_virt_libvirt_fits (VfpVirt *virt, const VfpGuestNeeds *needs, VfpSays *out_says,
                       char **out_text, GError **error)
{
  const char *const words[5]
      = { needs->virt_type, needs->arch, needs->machine, needs->cpu_xml, needs->cpu_mode };

  return ask (virt, compare, words, out_says, out_text, error);
}
