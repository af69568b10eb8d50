/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-people.h"

#include <string.h>

#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

#define N_KEPT 3
#define DAY_MS (G_GINT64_CONSTANT (86400000))

struct _CrPeople
{
  guint64 seed;
  GPtrArray *people;  /* (owned): CrPerson */
  CrChart *directory; /* (owned) (nullable): made when first asked for */
  GHashTable *charts; /* (owned): index to CrChart, N_KEPT of them at most */
  GQueue *recent;     /* (owned): indexes, the latest first */
};

typedef struct
{
  const char *given;
  const char *family;
  const char *sex;
} Name;

static const Name names[] = {
  { "Amara", "Okafor", "female" },
  { "José Luis", "Núñez Ortega", "male" },
  { "Harold", "Lindqvist", "male" },
  { "Thị Mai", "Nguyễn", "female" },
  { "Zoë", "Brûlé", "female" },
  { "Dolores", "Whitfield", "female" },
  { "Łukasz", "Wiśniewski", "male" },
  { "Siobhán", "O'Brien", "female" },
  { "Wei", "Zhang", "male" },
  { "Priya", "Raghunathan", "female" },
  { "Mohammed", "Al-Hassan", "male" },
  { "Kealoha", "Kahananui", "other" },
  { "Ingrid", "Sørensen", "female" },
  { "Dae-jung", "Kim", "male" },
  { "Aaliyah", "Washington", "female" },
  { "Tomás", "Ferreira da Silva", "male" },
  { "Miriam", "Goldfarb", "female" },
  { "Anahera", "Ngata", "female" },
  { "Dmitri", "Volkov", "male" },
  { "Fatoumata", "Diallo", "female" },
  { "Jørgen", "Ødegård", "male" },
  { "Chenoa", "Begay", "female" },
  { "Óscar", "Ibáñez", "male" },
  { "Yuki", "Tanaka", "female" },
};

static const guint targets[] = { 420, 260, 3050, 890, 95, 640, 1500, 310, 720, 1180, 210, 540 };

/* SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere. */
guint64
cr_random_next (CrRandom *self)
{
  guint64 z = self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

guint
cr_random_below (CrRandom *self, guint n)
{
  return (guint) (cr_random_next (self) % n);
}

gboolean
cr_random_percent (CrRandom *self, guint percent)
{
  return cr_random_below (self, 100) < percent;
}

guint64
cr_random_mix (guint64 a, guint64 b)
{
  CrRandom random = { a ^ (b * G_GUINT64_CONSTANT (0xd6e8feb86659fd93)) };

  return cr_random_next (&random);
}

static guint64
hash_text (const char *text)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (const char *p = text; *p != '\0'; p++)
    hash = (hash ^ (guint8) *p) * G_GUINT64_CONSTANT (0x100000001b3);

  return hash;
}

/**
 * cr_people_make_id:
 * @owner: 0 for the directory, else the person's index plus 1
 * @serial: counts within @owner and @type
 *
 * Returns: (transfer full): 22 characters that FHIR allows in an id, as large portals give them
 */
char *
cr_people_make_id (guint64 seed, guint owner, const char *type, guint serial)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
  CrRandom random = { cr_random_mix (cr_random_mix (seed, hash_text (type)),
                                     (guint64) owner << 32 | serial) };
  char id[23] = "e";

  for (guint i = 1; i < 22; i++)
    id[i] = digits[cr_random_below (&random, i == 1 || i == 21 ? 62 : 64)];

  return g_strdup (id);
}

static char *
make_password (guint64 seed, guint index)
{
  static const char *const words[] = { "harbor",  "willow",  "copper",  "meadow",
                                       "lantern", "pebble",  "saffron", "juniper",
                                       "marble",  "thistle", "ember",   "orchard",
                                       "violet",  "cedar",   "falcon",  "clover" };
  CrRandom random = { cr_random_mix (seed ^ 0x70617373, index) };

  const char *first = words[cr_random_below (&random, G_N_ELEMENTS (words))];
  const char *second = words[cr_random_below (&random, G_N_ELEMENTS (words))];

  return g_strdup_printf ("%s-%s-%u", first, second, 10 + cr_random_below (&random, 90));
}

static char *
make_username (const char *given, const char *family, guint index)
{
  g_autofree char *both = g_strconcat (given, ".", family, NULL);
  g_autofree char *folded = g_str_to_ascii (both, "C");
  GString *name = g_string_new (NULL);

  for (const char *p = folded; *p != '\0'; p++)
    if (g_ascii_isalnum (*p) || *p == '.')
      g_string_append_c (name, g_ascii_tolower (*p));
  if (index >= G_N_ELEMENTS (names))
    g_string_append_printf (name, "%u", index);

  return g_string_free (name, FALSE);
}

static void
person_free (CrPerson *person)
{
  g_free (person->clinic_id);
  g_free (person->portal_id);
  g_free (person->username);
  g_free (person->password);
  g_free (person->email);
  g_free (person);
}

static CrPerson *
person_new (guint64 seed, guint index)
{
  CrRandom random = { cr_random_mix (seed ^ 0x706572, index) };
  const Name *name = &names[index % G_N_ELEMENTS (names)];
  const Name *other = &names[(index * 7 + index / G_N_ELEMENTS (names)) % G_N_ELEMENTS (names)];
  CrPerson *person = g_new0 (CrPerson, 1);

  person->index = index;
  person->given = name->given;
  person->family = index < G_N_ELEMENTS (names) ? name->family : other->family;
  person->sex = name->sex;
  person->birth_ms = cr_sandbox_text_civil_ms (1938 + (int) cr_random_below (&random, 68),
                                               1 + (int) cr_random_below (&random, 12),
                                               1 + (int) cr_random_below (&random, 28));
  person->portal_given = person->given;
  person->portal_family = person->family;
  person->portal_birth_ms = person->birth_ms;
  person->is_mismatch = index == 5;
  if (person->is_mismatch)
    {
      person->portal_given = "Gertrude";
      person->portal_family = "Maplethorpe";
      person->portal_birth_ms = person->birth_ms - 3273 * DAY_MS;
    }

  person->clinic_id = g_strdup_printf ("user_%u", 42 + index);
  person->portal_id = cr_people_make_id (seed, index + 1, "Patient", 0);
  person->username = make_username (person->given, person->family, index);
  person->password = make_password (seed, index);
  person->email = g_strconcat (person->username, "@example.com", NULL);
  person->n_target =
      index < G_N_ELEMENTS (targets) ? targets[index] : 150 + cr_random_below (&random, 1350);
  return person;
}

CrPeople *
cr_people_new (guint64 seed, guint n_people)
{
  CrPeople *self = g_new0 (CrPeople, 1);

  self->seed = seed;
  self->people = g_ptr_array_new_with_free_func ((GDestroyNotify) person_free);
  self->charts = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) cr_chart_free);
  self->recent = g_queue_new ();
  for (guint i = 0; i < n_people; i++)
    g_ptr_array_add (self->people, person_new (seed, i));

  return self;
}

void
cr_people_free (CrPeople *self)
{
  g_clear_pointer (&self->directory, cr_chart_free);
  g_hash_table_unref (self->charts);
  g_queue_free (self->recent);
  g_ptr_array_unref (self->people);
  g_free (self);
}

guint
cr_people_count (CrPeople *self)
{
  return self->people->len;
}

guint64
cr_people_seed (CrPeople *self)
{
  return self->seed;
}

/* "Today" of the made-up charts. */
gint64
cr_people_epoch_ms (CrPeople *self)
{
  return cr_sandbox_text_civil_ms (2025, 6, 1) + (gint64) (self->seed % 28) * DAY_MS;
}

const CrPerson *
cr_people_get (CrPeople *self, guint index)
{
  g_return_val_if_fail (index < self->people->len, NULL);

  return g_ptr_array_index (self->people, index);
}

const CrPerson *
cr_people_find_login (CrPeople *self, const char *username, const char *password)
{
  for (guint i = 0; username != NULL && password != NULL && i < self->people->len; i++)
    {
      const CrPerson *person = cr_people_get (self, i);

      if (g_ascii_strcasecmp (person->username, username) == 0 &&
          strcmp (person->password, password) == 0)
        return person;
    }

  return NULL;
}

/**
 * cr_people_chart:
 *
 * Writes the chart when it is first asked for and keeps the few used last.
 *
 * Returns: (transfer none): valid until another chart is asked for
 */
CrChart *
cr_people_chart (CrPeople *self, guint index)
{
  CrChart *chart = g_hash_table_lookup (self->charts, GUINT_TO_POINTER (index));

  g_queue_remove (self->recent, GUINT_TO_POINTER (index));
  g_queue_push_head (self->recent, GUINT_TO_POINTER (index));
  if (chart != NULL)
    return chart;

  if (g_queue_get_length (self->recent) > N_KEPT)
    g_hash_table_remove (self->charts, g_queue_pop_tail (self->recent));

  chart = cr_chart_new_for_person (self, cr_people_get (self, index));
  g_hash_table_insert (self->charts, GUINT_TO_POINTER (index), chart);
  return chart;
}

/* Practitioners, organizations, places and medications: nobody's, and everybody's. */
CrChart *
cr_people_directory (CrPeople *self)
{
  if (self->directory == NULL)
    self->directory = cr_chart_new_directory (self);

  return self->directory;
}
