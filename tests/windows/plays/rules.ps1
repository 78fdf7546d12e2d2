# Runs the table of tests/windows_sim/rules.json, which the doubles of the tests obey, against the real commands.
$Rules = [IO.File]::ReadAllText((Join-Path $Repository 'tests/windows_sim/rules.json')) | ConvertFrom-Json
Register-Cleanup 'the service of the rules' { & sc.exe delete GoreleaseRule | Out-Null }
# Commands that fail are the point; what they write to standard error is not.
$ErrorActionPreference = 'Continue'
foreach ($Rule in $Rules) {
    & sc.exe delete GoreleaseRule | Out-Null
    $Before = @()
    if ($Rule.PSObject.Properties['before']) { $Before = $Rule.before }
    foreach ($Command in @($Before) + , $Rule.run) {
        $Words = @($Command)
        $Arguments = @($Words | Select-Object -Skip 1)
        if ($Words[0] -eq 'msiexec') { $Code = (Start-Process -FilePath 'msiexec.exe' -ArgumentList $Arguments -Wait -PassThru).ExitCode }
        else {
            & "$($Words[0]).exe" @Arguments 2>$null | Out-Null
            $Code = $LASTEXITCODE
        }
    }
    Confirm-Equal $Code $Rule.code "the code of: $($Rule.name)"
}
