/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fhir/cr-files.h"

#include <string.h>

static GPtrArray *
find (const char *text)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *files = cr_files_find (text, strlen (text), &error);

  g_assert_no_error (error);
  return files;
}

static const char document[] =
    "{\"resourceType\":\"DocumentReference\",\"content\":["
    "{\"attachment\":{\"contentType\":\"application/pdf\",\"url\":\"Binary/"
    "1\",\"title\":\"Letter\","
    "\"size\":1234}},"
    "{\"attachment\":{\"contentType\":\"text/plain\",\"data\":\"SGVsbG8h\"}},"
    "{\"attachment\":{\"_url\":{\"extension\":[{\"url\":\"x\",\"valueCode\":\"masked\"}]}}},"
    "{\"attachment\":{}},{\"format\":{}},{\"attachment\":\"no object\"}]}";

/* Each as it is written, in its order; what has no attachment is none. */
static void
test_document (void)
{
  g_autoptr (GPtrArray) files = find (document);
  CrRecordFile *linked, *inside, *masked, *empty;

  g_assert_cmpuint (files->len, ==, 4);
  linked = g_ptr_array_index (files, 0);
  g_assert_cmpuint (linked->n, ==, 1);
  g_assert_cmpstr (linked->title, ==, "Letter");
  g_assert_cmpstr (linked->url, ==, "Binary/1");
  g_assert_cmpint (linked->n_bytes, ==, 1234);
  g_assert_cmpint (linked->status, ==, CR_ATTACHMENT_NOT_YET);
  inside = g_ptr_array_index (files, 1);
  g_assert_cmpint (inside->n_bytes, ==, 6);
  g_assert_cmpint (inside->status, ==, CR_ATTACHMENT_KEPT);
  g_assert_null (inside->url);
  masked = g_ptr_array_index (files, 2);
  g_assert_cmpint (masked->status, ==, CR_ATTACHMENT_WITHHELD);
  g_assert_cmpstr (masked->reason, ==, "masked");
  empty = g_ptr_array_index (files, 3);
  g_assert_cmpint (empty->status, ==, CR_ATTACHMENT_WITHHELD);
  g_assert_cmpint (empty->n_bytes, ==, -1);
}

/* Of a patient the photos that are linked too, each once; of anybody else those inside. */
static void
test_photos (void)
{
  static const char patient[] =
      "{\"resourceType\":\"Patient\",\"photo\":[{\"title\":\"In\",\"data\":"
      "\"AAAA\"},{\"title\":\"Out\",\"url\":\"Binary/7\",\"size\":5}],"
      "\"contact\":[{\"photo\":{\"title\":\"Odd\",\"data\":\"AA==\"}}]}";
  g_autoptr (GPtrArray) files = find (patient);
  g_autoptr (GPtrArray) others = find (
      "{\"resourceType\":\"Practitioner\",\"photo\":[{\"url\":\"Binary/8\"},{\"data\":\"AAAA\"}]}");
  g_autoptr (GBytes) bytes = cr_files_read (patient, strlen (patient), 1);
  CrRecordFile *linked;

  g_assert_cmpuint (files->len, ==, 3);
  g_assert_cmpstr (CR_RECORD_FILE (g_ptr_array_index (files, 0))->title, ==, "In");
  linked = g_ptr_array_index (files, 1);
  g_assert_cmpstr (linked->url, ==, "Binary/7");
  g_assert_cmpint (linked->status, ==, CR_ATTACHMENT_NOT_YET);
  g_assert_cmpint (linked->n_bytes, ==, 5);
  g_assert_cmpstr (CR_RECORD_FILE (g_ptr_array_index (files, 2))->title, ==, "Odd");
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 3);
  g_assert_cmpuint (others->len, ==, 1);
}

static void
test_bytes (void)
{
  g_autoptr (GBytes) bytes = cr_files_read (document, strlen (document), 2);

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "Hello!", 6);
  g_assert_null (cr_files_read (document, strlen (document), 1));
  g_assert_null (cr_files_read (document, strlen (document), 9));
  g_assert_null (cr_files_read ("{", 1, 1));
}

/* However it is padded, a file is not longer than was said. */
static void
test_padding (void)
{
  static const char *const texts[] = { "AAA=",     "AA==", "AAAA",        "A===",
                                       "=",        "====", "AAA========", "AAA=====",
                                       "AA==AA==", "AAA",  "A",           "\\u003d\\u003d" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{\"resourceType\":\"Binary\",\"data\":\"%s\"}", texts[i]);
      g_autoptr (GPtrArray) files = find (text);
      g_autoptr (GBytes) bytes = cr_files_read (text, strlen (text), 1);
      CrRecordFile *file = g_ptr_array_index (files, 0);

      g_assert_cmpint (g_bytes_get_size (bytes), <=, file->n_bytes);
      if (i < 3)
        g_assert_cmpint (g_bytes_get_size (bytes), ==, file->n_bytes);
    }
}

static void
test_others (void)
{
  static const struct
  {
    const char *text;
    guint n_files;
  } rows[] = {
    { "{\"resourceType\":\"Binary\",\"contentType\":\"text/plain\",\"data\":\"SGk=\"}", 1 },
    { "{\"resourceType\":\"DiagnosticReport\",\"presentedForm\":[{\"url\":\"a\"},{\"data\":\"\"}]}",
      2 },
    { "{\"resourceType\":\"Media\",\"content\":{\"contentType\":\"image/png\",\"url\":\"x\"}}", 1 },
    { "{\"resourceType\":\"Patient\",\"photo\":[{\"contentType\":\"image/png\",\"data\":\"SGk=\"},"
      "{\"url\":\"https://elsewhere.example/\"}]}",
      2 },
    { "{\"resourceType\":\"Observation\",\"content\":{\"data\":\"SGk=\"}}", 0 },
    { "{\"resourceType\":\"Communication\",\"payload\":[{\"contentAttachment\":{\"data\":\"SGk=\"}}"
      "]}",
      1 },
    { "[]", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GPtrArray) files = find (rows[i].text);

      g_assert_cmpuint (files->len, ==, rows[i].n_files);
    }
}

static void
test_names (void)
{
  static const struct
  {
    const char *title;
    const char *type;
    const char *name;
  } rows[] = {
    { "Letter", "application/pdf", "Letter.pdf" },
    { "Letter.PDF", "application/pdf; x=y", "Letter.PDF" },
    { "letter.desktop", "application/pdf", "letter.desktop.pdf" },
    { "run.sh", NULL, "run.sh.bin" },
    { "run.exe", "application/x-msdownload", "run.exe.bin" },
    { "../../etc/passwd", "text/plain", "etc_passwd.txt" },
    { "-rf *", "text/plain", "rf.txt" },
    { ".bashrc", "text/plain", "bashrc.txt" },
    { "a\nb\tc", "text/plain", "a_b_c.txt" },
    { "invoice\u202Efdp.exe", "application/pdf", "invoice_fdp.exe.pdf" },
    { "\u00c4rztin \u2013 Befund", "image/jpeg", "\u00c4rztin \u2013 Befund.jpg" },
    { "...", "image/png", "document.png" },
    { NULL, "IMAGE/PNG", "document.png" },
    { "scan.jpeg", "image/jpeg", "scan.jpeg" },
  };
  g_autofree char *x = g_strnfill (400, 'x');
  g_autoptr (CrRecordFile) file = cr_record_file_new (1);
  g_autofree char *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrRecordFile) each = cr_record_file_new (1);
      g_autofree char *got = NULL;

      each->title = g_strdup (rows[i].title);
      each->content_type = g_strdup (rows[i].type);
      got = cr_record_file_get_name (each);
      g_assert_cmpstr (got, ==, rows[i].name);
    }

  file->title = g_strdup (x);
  name = cr_record_file_get_name (file);
  g_assert_cmpuint (strlen (name), <, 140);
}

/* Shown here, shown elsewhere, or only saved. */
static void
test_kinds (void)
{
  static const struct
  {
    const char *type;
    gboolean is_text, is_image, may_be_opened;
  } rows[] = {
    { "text/html", TRUE, FALSE, FALSE },         { "application/hl7-v3+xml", TRUE, FALSE, FALSE },
    { "image/png", FALSE, TRUE, TRUE },          { "image/svg+xml", TRUE, FALSE, FALSE },
    { "application/pdf", FALSE, FALSE, TRUE },   { "text/rtf", FALSE, FALSE, TRUE },
    { "application/x-sh", FALSE, FALSE, FALSE }, { NULL, FALSE, FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrRecordFile) file = cr_record_file_new (1);

      file->content_type = g_strdup (rows[i].type);
      g_assert_cmpint (cr_record_file_is_text (file), ==, rows[i].is_text);
      g_assert_cmpint (cr_record_file_is_image (file), ==, rows[i].is_image);
      g_assert_cmpint (cr_record_file_may_be_opened (file), ==, rows[i].may_be_opened);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fhir/files/document", test_document);
  g_test_add_func ("/fhir/files/photos", test_photos);
  g_test_add_func ("/fhir/files/bytes", test_bytes);
  g_test_add_func ("/fhir/files/padding", test_padding);
  g_test_add_func ("/fhir/files/others", test_others);
  g_test_add_func ("/fhir/files/names", test_names);
  g_test_add_func ("/fhir/files/kinds", test_kinds);

  return g_test_run ();
}
