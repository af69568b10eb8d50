/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-visitor.h"

#include "base/cr-error.h"
#include "base/cr-json.h"

#include <libsoup/soup.h>
#include <string.h>

#define MAX_PAGES 10

struct _CrSandboxVisitor
{
  GObject parent_instance;

  SoupSession *session; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrSandboxVisitor, cr_sandbox_visitor, G_TYPE_OBJECT)

static void
cr_sandbox_visitor_finalize (GObject *object)
{
  g_object_unref (CR_SANDBOX_VISITOR (object)->session);

  G_OBJECT_CLASS (cr_sandbox_visitor_parent_class)->finalize (object);
}

static void
cr_sandbox_visitor_class_init (CrSandboxVisitorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_sandbox_visitor_finalize;
}

static void
cr_sandbox_visitor_init (CrSandboxVisitor *self)
{
  self->session = soup_session_new ();
  soup_session_add_feature_by_type (self->session, SOUP_TYPE_COOKIE_JAR);
}

CrSandboxVisitor *
cr_sandbox_visitor_new (void)
{
  return g_object_new (CR_TYPE_SANDBOX_VISITOR, NULL);
}

/* People --------------------------------------------------------------------------------------- */

static void
person_free (gpointer data)
{
  CrSandboxPerson *person = data;

  g_free (person->clinic_id);
  g_free (person->name);
  g_free (person->username);
  g_free (person->password);
  g_free (person);
}

static void
described_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GBytes) body =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_autoptr (JsonObject) description = NULL;
  JsonArray *patients;
  GPtrArray *people;

  if (body != NULL)
    description = cr_json_parse (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body),
                                 "The sandbox's answer", &error);
  if (description == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  people = g_ptr_array_new_with_free_func (person_free);
  patients = cr_json_array (description, "patients");
  for (guint i = 0; patients != NULL && i < json_array_get_length (patients); i++)
    {
      JsonObject *patient = cr_json_array_object (patients, i);
      CrSandboxPerson *person = g_new0 (CrSandboxPerson, 1);

      person->clinic_id = g_strdup (cr_json_string (patient, "clinic_id"));
      person->name = g_strdup (cr_json_string (patient, "name"));
      person->username = g_strdup (cr_json_string (patient, "username"));
      person->password = g_strdup (cr_json_string (patient, "password"));
      person->is_mismatch = cr_json_bool (patient, "mismatch", FALSE);
      g_ptr_array_add (people, person);
    }
  g_task_return_pointer (task, people, (GDestroyNotify) g_ptr_array_unref);
}

void
cr_sandbox_visitor_people_async (CrSandboxVisitor *self,
                                 const char *uri,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  g_autofree char *url = g_strconcat (uri, "/_sandbox?counts=no", NULL);
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, url);

  g_task_set_source_tag (task, cr_sandbox_visitor_people_async);
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, NULL, described_cb,
                                    task);
}

GPtrArray *
cr_sandbox_visitor_people_finish (CrSandboxVisitor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Walking -------------------------------------------------------------------------------------- */

typedef struct
{
  char *username; /* (owned) */
  char *password; /* (owned) */
  guint n_pages;
} Walk;

static void
walk_free (gpointer data)
{
  Walk *walk = data;

  g_free (walk->username);
  g_free (walk->password);
  g_free (walk);
}

/* The value of an attribute of the tag at @tag, unescaped. */
static char *
attribute (const char *tag, const char *name)
{
  g_autofree char *key = g_strdup_printf (" %s=\"", name);
  const char *end = strchr (tag, '>');
  const char *start = end != NULL ? g_strstr_len (tag, end - tag, key) : NULL;
  const char *stop;
  g_autoptr (GString) value = NULL;

  if (start == NULL)
    return NULL;

  start += strlen (key);
  stop = strchr (start, '"');
  if (stop == NULL)
    return NULL;
  value = g_string_new_len (start, stop - start);
  g_string_replace (value, "&quot;", "\"", 0);
  g_string_replace (value, "&#39;", "'", 0);
  g_string_replace (value, "&lt;", "<", 0);
  g_string_replace (value, "&gt;", ">", 0);
  g_string_replace (value, "&amp;", "&", 0);
  return g_strdup (value->str);
}

static gboolean
fill_in (GHashTable *fields, const char *tag, Walk *walk)
{
  g_autofree char *name = attribute (tag, "name");
  g_autofree char *type = attribute (tag, "type");
  char *value = attribute (tag, "value");

  if (name == NULL)
    {
      g_free (value);
      return FALSE;
    }
  if (g_str_equal (name, "username") || g_str_equal (name, "login"))
    {
      g_free (value);
      value = g_strdup (walk->username);
    }
  else if (g_strcmp0 (type, "password") == 0)
    {
      g_free (value);
      value = g_strdup (walk->password);
    }

  g_hash_table_replace (fields, g_strdup (name), value != NULL ? value : g_strdup (""));
  return TRUE;
}

/* The first form of the page that is sent by POST, filled in; NULL when there is none. */
static SoupMessage *
fill_form (const char *html, GUri *page, Walk *walk)
{
  const char *form = strstr (html, "<form");
  const char *end = form != NULL ? strstr (form, "</form>") : NULL;
  g_autoptr (GHashTable) fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *action = NULL;
  g_autoptr (GUri) target = NULL;
  char *body;
  SoupMessage *message;

  if (end == NULL)
    return NULL;

  for (const char *tag = form; tag != NULL && tag < end; tag = strchr (tag + 1, '<'))
    if (g_str_has_prefix (tag, "<input"))
      fill_in (fields, tag, walk);
    else if (g_str_has_prefix (tag, "<button") && !g_hash_table_contains (fields, "decision"))
      fill_in (fields, tag, walk);

  action = attribute (form, "action");
  target = action != NULL ? g_uri_parse_relative (page, action, SOUP_HTTP_URI_FLAGS, NULL)
                          : g_uri_ref (page);
  if (target == NULL)
    return NULL;

  message = soup_message_new_from_uri (SOUP_METHOD_POST, target);
  body = soup_form_encode_hash (fields);
  soup_message_set_request_body_from_bytes (message, SOUP_FORM_MIME_TYPE_URLENCODED,
                                            g_bytes_new_take (body, strlen (body)));
  return message;
}

static void open_page (GTask *task, SoupMessage *message);

static void
page_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Walk *walk = g_task_get_task_data (task);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  GError *error = NULL;
  g_autoptr (GBytes) body =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_autoptr (SoupMessage) next = NULL;
  g_autofree char *html = NULL;

  if (body == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (soup_message_get_status (message) >= 400 || walk->n_pages > MAX_PAGES)
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_REFUSED,
                               "The pages led nowhere (answer %u).",
                               soup_message_get_status (message));
      return;
    }

  html = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  next = fill_form (html, soup_message_get_uri (message), walk);
  if (next != NULL)
    open_page (g_steal_pointer (&task), next);
  else
    g_task_return_pointer (task, g_uri_to_string (soup_message_get_uri (message)), g_free);
}

/* Takes @task. */
static void
open_page (GTask *task, SoupMessage *message)
{
  CrSandboxVisitor *self = g_task_get_source_object (task);
  Walk *walk = g_task_get_task_data (task);

  walk->n_pages++;
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, NULL, page_cb,
                                    task);
}

void
cr_sandbox_visitor_walk_async (CrSandboxVisitor *self,
                               const char *url,
                               const char *username,
                               const char *password,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, url);
  Walk *walk = g_new0 (Walk, 1);

  g_task_set_source_tag (task, cr_sandbox_visitor_walk_async);
  walk->username = g_strdup (username);
  walk->password = g_strdup (password);
  g_task_set_task_data (task, walk, walk_free);
  open_page (task, message);
}

char *
cr_sandbox_visitor_walk_finish (CrSandboxVisitor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
