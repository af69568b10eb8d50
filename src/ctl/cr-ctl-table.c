/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include <string.h>

#define PAGE "limit#= offset#="
#define OF(kind) .has_owner = TRUE, .owner = kind

/* check-sizes: table. The kinds of destination take their options from the senders' own tables. */
static const CrCtlCommand commands[] = {
  { "status", NULL, NULL, NULL, cr_ctl_status },
  { "check", NULL, NULL, "check ok message", cr_ctl_check_store },
  { "backup create", "FILE", "without-secrets replace secret-stdin", NULL, cr_ctl_backup_create,
    .starts_work = TRUE, .needs_secret = TRUE },
  { "backup check", "FILE", "secret-stdin", NULL, cr_ctl_backup_check, .starts_work = TRUE,
    .needs_secret = TRUE, .works_alone = TRUE },
  { "backup restore", "FILE", "dry-run without-secrets secret-stdin", NULL, cr_ctl_backup_restore,
    .starts_work = TRUE, .needs_secret = TRUE, .works_alone = TRUE },
  { "backup undo", NULL, "dry-run", NULL, cr_ctl_backup_undo, .starts_work = TRUE,
    .works_alone = TRUE },
  { "backup discard", NULL, NULL, NULL, cr_ctl_backup_discard },
  { "person list", NULL, NULL, "name on_duty", cr_ctl_person_list },
  { "person add", "NAME", NULL, NULL, cr_ctl_person_add },
  { "person remove", "NAME", NULL, NULL, cr_ctl_person_remove },
  { "lock set", "KIND", "secret-stdin", NULL, cr_ctl_lock_set, .needs_secret = TRUE },
  { "lock remove", "KIND", NULL, NULL, cr_ctl_lock_remove },
  { "config get", "[KEY]", NULL, NULL, cr_ctl_config_get },
  { "config set", "KEY VALUE", NULL, NULL, cr_ctl_config_set },
  { "source add", NULL,
    "name= fhir-base-url= client-id= type= client-auth= scopes= parameters= portal-url= "
    "ca-file= secret-stdin",
    NULL, cr_ctl_source_add },
  { "source set", "ID", "scopes= parameters= ca-file=", NULL, cr_ctl_source_set },
  { "source list", NULL, "q= type= " PAGE, "id name type fhir_base_url", cr_ctl_source_list },
  { "source show", "ID", NULL, NULL, cr_ctl_source_show },
  { "source try", "ID", NULL, NULL, cr_ctl_source_try },
  { "source test", "ID", NULL, NULL, cr_ctl_source_test },
  { "source remove", "ID", NULL, NULL, cr_ctl_source_remove },
  { "source import", "FILE", "dry-run list= accept-gone",
    "change name fhir_base_url old_base_url fields patients", cr_ctl_source_import },
  { "source suspend", "ID", "reason= until= not-enabled", NULL, cr_ctl_source_suspend },
  { "source resume", "ID", NULL, NULL, cr_ctl_source_resume },
  { "source logo", "ID [FILE]", "remove fetch", NULL, cr_ctl_source_logo },
  { "vendor list", NULL, NULL, "type client_id client_auth", cr_ctl_vendor_list },
  { "vendor set", "TYPE", "client-id= client-auth= secret-stdin", NULL, cr_ctl_vendor_set },
  { "vendor remove", "TYPE", NULL, NULL, cr_ctl_vendor_remove },
  { "keys show", NULL, "output=", NULL, cr_ctl_keys_show },
  { "keys rotate", NULL, "now output=", NULL, cr_ctl_keys_rotate },
  { "api-key create", "NAME", "read-only expires=", NULL, cr_ctl_api_key_create },
  { "api-key list", NULL, NULL, "id name status access created_at expires_at last_used_at",
    cr_ctl_api_key_list },
  { "api-key revoke", "ID", NULL, NULL, cr_ctl_api_key_revoke },
  { "patient add", "ID", "name= email= birth-date= sex=", NULL, cr_ctl_patient_add },
  { "patient list", NULL, "q= " PAGE, "id name email created_at", cr_ctl_patient_list },
  { "patient show", "ID", NULL, NULL, cr_ctl_patient_show },
  { "patient remove", "ID", "dry-run", NULL, cr_ctl_patient_remove },
  { "session create", "PATIENT",
    "return-url= source= recommend*= expires-in#= return-button-label= wait", NULL,
    cr_ctl_session_create, .needs_pages = TRUE },
  { "session list", "PATIENT", PAGE, "id status connection_id expires_at", cr_ctl_session_list,
    OF (CR_LIST_PATIENTS) },
  { "session show", "ID", NULL, NULL, cr_ctl_session_show },
  { "connection list", "[PATIENT]", "reconnect within#= q= calls= sort= " PAGE,
    "id patient_id connection_id status days_left ungranted_scopes called_at note updated_at",
    cr_ctl_connection_list, OF (CR_LIST_PATIENTS) },
  { "connection note", "ID [TEXT]", "called not-called", NULL, cr_ctl_connection_note },
  { "connection disconnect", "ID", "remove-data dry-run", NULL, cr_ctl_connection_disconnect },
  { "connection remove-data", "ID", "dry-run", NULL, cr_ctl_connection_remove_data },
  { "hold list", NULL, "all", "id patient_id connection status reason detail", cr_ctl_hold_list },
  { "hold release", "ID", NULL, NULL, cr_ctl_hold_release, .starts_work = TRUE },
  { "hold reject", "ID", NULL, NULL, cr_ctl_hold_reject },
  { "auth list", "PATIENT", PAGE, "at source_name step status code description", cr_ctl_auth_list,
    OF (CR_LIST_PATIENTS) },
  { "look list", "PATIENT", PAGE, "first_at last_at person kind", cr_ctl_look_list,
    OF (CR_LIST_PATIENTS) },
  { "pull start", "PATIENT", "connection= full wait", "id status received new changed failed",
    cr_ctl_pull_start, .starts_work = TRUE },
  { "pull list", "[PATIENT]", PAGE, "id patient_id status trigger received new changed failed",
    cr_ctl_pull_list, OF (CR_LIST_PATIENTS) },
  { "pull show", "ID", NULL, "type status pages received new changed unchanged http_status",
    cr_ctl_pull_show },
  { "pull changes", "ID", "type= " PAGE, "type id change version_before version_after at",
    cr_ctl_pull_changes, OF (CR_LIST_PULLS) },
  { "pull log", "ID", "output= " PAGE, "at method path status error bytes took_ms attempts",
    cr_ctl_pull_log, OF (CR_LIST_PULLS) },
  { "pull cancel", "ID", NULL, NULL, cr_ctl_pull_cancel },
  { "record list", "PATIENT", "type= source= " PAGE, "type id version bytes first_seen_at",
    cr_ctl_record_list, OF (CR_LIST_PATIENTS) },
  { "record show", "PATIENT TYPE/ID", "version#= source=", NULL, cr_ctl_record_show },
  { "record save", "PATIENT", "output= type=", NULL, cr_ctl_record_save, OF (CR_LIST_PATIENTS) },
  { "record attachment list", "PATIENT [TYPE/ID]", "source= version#= " PAGE,
    "type id number title content_type bytes status", cr_ctl_attachment_list,
    OF (CR_LIST_PATIENTS) },
  { "record attachment save", "PATIENT TYPE/ID", "output= number#= source= version#= replace", NULL,
    cr_ctl_attachment_save },
  { "destination add", "KIND", "* no-backfill keep-failing secret-stdin name=", NULL,
    cr_ctl_destination_add, .starts_work = TRUE },
  { "destination edit", "ID", "* keep-failing secret-stdin name=", NULL, cr_ctl_destination_edit },
  { "destination list", NULL, NULL, "id name kind status stored delivered failing",
    cr_ctl_destination_list },
  { "destination show", "ID", NULL, NULL, cr_ctl_destination_show },
  { "destination test", "ID", NULL, NULL, cr_ctl_destination_test },
  { "destination enable", "ID", NULL, NULL, cr_ctl_destination_enable, .starts_work = TRUE },
  { "destination disable", "ID", NULL, NULL, cr_ctl_destination_disable },
  { "destination export", "ID", "wait", NULL, cr_ctl_destination_export, .starts_work = TRUE },
  { "destination rewind", "ID", "to= count wait", NULL, cr_ctl_destination_rewind,
    .starts_work = TRUE },
  { "destination reconcile", "ID", "send", NULL, cr_ctl_destination_reconcile,
    .starts_work = TRUE },
  { "destination duplicate", "ID", "name=", NULL, cr_ctl_destination_duplicate },
  { "destination remove", "ID", NULL, NULL, cr_ctl_destination_remove },
  { "run list", "[DESTINATION]", PAGE,
    "id destination_id status trigger patients resources files created_at", cr_ctl_run_list,
    OF (CR_LIST_DESTINATIONS) },
  { "run show", "ID", PAGE, "name status resources failed bytes attempts", cr_ctl_run_show },
  { "run retry", "ID", "wait preview all", NULL, cr_ctl_run_retry, .starts_work = TRUE },
  { "run pause", "ID", NULL, NULL, cr_ctl_run_pause },
  { "run resume", "ID", NULL, NULL, cr_ctl_run_resume, .starts_work = TRUE },
  { "run cancel", "ID", NULL, NULL, cr_ctl_run_cancel },
  { "webhook add", "URL", "events*= description= allow-private", NULL, cr_ctl_webhook_add,
    .starts_work = TRUE },
  { "webhook list", NULL, "status= " PAGE, "id url status pending failed last_delivered_at",
    cr_ctl_webhook_list },
  { "webhook show", "ID", NULL, NULL, cr_ctl_webhook_show },
  { "webhook enable", "ID", NULL, NULL, cr_ctl_webhook_enable, .starts_work = TRUE },
  { "webhook disable", "ID", NULL, NULL, cr_ctl_webhook_disable },
  { "webhook rotate-secret", "ID", "now", NULL, cr_ctl_webhook_rotate },
  { "webhook events", "ID", "delivered= " PAGE,
    "id type status attempts last_status_code next_attempt_at delivered_at", cr_ctl_webhook_events,
    OF (CR_LIST_WEBHOOKS) },
  { "webhook attempts", "EVENT", PAGE, "attempt at took_ms status_code error",
    cr_ctl_webhook_attempts, OF (CR_LIST_DELIVERIES) },
  { "webhook test", "ID", NULL, NULL, cr_ctl_webhook_test },
  { "webhook redeliver", "EVENT", NULL, NULL, cr_ctl_webhook_redeliver },
  { "webhook give-up", "EVENT", NULL, NULL, cr_ctl_webhook_give_up },
  { "webhook replay", "ID", "since= count", NULL, cr_ctl_webhook_replay, .starts_work = TRUE },
  { "webhook remove", "ID", NULL, NULL, cr_ctl_webhook_remove },
  { "run receipt", "ID", "output=", NULL, cr_ctl_run_receipt },
  { "event list", NULL, PAGE, "id type created_at", cr_ctl_event_list },
  { "audit list", NULL, PAGE, "at person action object", cr_ctl_audit_list },
};

const CrCtlCommand *
cr_ctl_commands (guint *n_commands)
{
  *n_commands = G_N_ELEMENTS (commands);
  return commands;
}

static gboolean
begins_with (char **argv, const char *words, guint *n_words)
{
  g_auto (GStrv) parts = g_strsplit (words, " ", -1);
  guint n = 0;

  for (; parts[n] != NULL; n++)
    if (argv[n] == NULL || !g_str_equal (argv[n], parts[n]))
      return FALSE;

  *n_words = n;
  return TRUE;
}

const CrCtlCommand *
cr_ctl_find_command (char **argv, guint *n_words)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (begins_with (argv, commands[i].words, n_words))
      return &commands[i];

  return NULL;
}

gboolean
cr_ctl_takes_long (char **argv)
{
  guint n_words;
  const CrCtlCommand *command = cr_ctl_find_command (argv, &n_words);

  return command != NULL &&
         (command->starts_work || g_strv_contains ((const char *const *) argv, "--wait"));
}

gboolean
cr_ctl_works_alone (char **argv)
{
  guint n_words;
  const CrCtlCommand *command = cr_ctl_find_command (argv, &n_words);

  return command != NULL && command->works_alone;
}

char *
cr_ctl_describe (const CrCtlCommand *command)
{
  GString *text = g_string_new (command->words);
  g_auto (GStrv) options = g_strsplit (command->options != NULL ? command->options : "", " ", -1);

  if (command->values != NULL)
    g_string_append_printf (text, " %s", command->values);
  for (guint i = 0; options[i] != NULL; i++)
    {
      gboolean takes_value = g_str_has_suffix (options[i], "=");
      gsize n = strcspn (options[i], "*#=");

      if (n > 0)
        g_string_append_printf (text, " [--%.*s%s]", (int) n, options[i], takes_value ? " …" : "");
      else if (g_str_equal (options[i], "*"))
        g_string_append (text, " [--FIELD …]");
    }
  return g_string_free (text, FALSE);
}

char *
cr_ctl_next_words (const char *word)
{
  g_autoptr (GPtrArray) next = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (commands) && word != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (commands[i].words, " ", 3);

      if (g_str_equal (parts[0], word) && parts[1] != NULL &&
          !g_ptr_array_find_with_equal_func (next, parts[1], g_str_equal, NULL))
        g_ptr_array_add (next, g_strdup (parts[1]));
    }
  if (next->len == 0)
    return NULL;

  g_ptr_array_add (next, NULL);
  return g_strjoinv (", ", (char **) next->pdata);
}

char *
cr_ctl_usage (void)
{
  GString *text = g_string_new (
      "Usage: chartroomctl [--data-dir DIR] [--sandbox] [--as PERSON] [--json] COMMAND …\n\n"
      "  serve [--listen ADDR:PORT] [--public-url URL] [--tls-cert FILE --tls-key FILE]\n"
      "  sandbox [--listen ADDR:PORT] [--state DIR] [--seed N] [--patients N]\n"
      "  demo [--keep DIR]\n");

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *line = cr_ctl_describe (&commands[i]);

      g_string_append_printf (text, "  %s\n", line);
    }
  return g_string_free (text, FALSE);
}
