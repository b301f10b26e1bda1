"""Two-step sign-in and sessions; most names are those by which the sign-in library knows its pages."""

from django.urls import path

from sportello.desks.website import own_sessions, second_factor

urlpatterns = [
    path("sign-in/second-step/", second_factor.second_step, name="mfa_authenticate"),
    path("sign-in/passkey/", second_factor.passkey_alone, name="mfa_login_webauthn"),
    path("sign-in/again/", second_factor.password_again, name="account_reauthenticate"),
    path("sign-in/again/code/", second_factor.code_again, name="mfa_reauthenticate"),
    path("sign-in/again/passkey/", second_factor.passkey_again, name="mfa_reauthenticate_webauthn"),
    path("two-step/", second_factor.overview, name="mfa_index"),
    path("two-step/app/", second_factor.new_app, name="mfa_activate_totp"),
    path("two-step/app/remove/", second_factor.remove_app, name="mfa_deactivate_totp"),
    path("two-step/passkeys/", second_factor.new_passkey, name="mfa_add_webauthn"),
    path("two-step/passkeys/<int:pk>/name/", second_factor.rename_passkey, name="mfa_edit_webauthn"),
    path("two-step/passkeys/<int:pk>/remove/", second_factor.remove_passkey, name="mfa_remove_webauthn"),
    path("two-step/recovery-codes/", second_factor.recovery_codes, name="mfa_view_recovery_codes"),
    path("two-step/recovery-codes/new/", second_factor.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("two-step/recovery-codes/file/", second_factor.recovery_codes_file, name="mfa_download_recovery_codes"),
    path("sessions/", own_sessions.listing, name="usersessions_list"),
    path("sessions/<int:session>/end/", own_sessions.end, name="end_session"),
]
