# What only the real Windows Installer can prove, on the example of examples/hello-service. It installs and removes
# that example: run it as administrator, on a machine that is for tests. `gorelease`, `go` and `git` must be on the PATH.
# WiX is fetched by `dotnet tool install` into a temporary folder; it runs all of Microsoft's evaluators, and builds the
# generated source, whose tables are held against ours. -NoWix leaves both out.
# Not run on Windows yet.
param([switch] $NoWix)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0

$service = 'HelloService'
$serviceKey = "HKLM:\SYSTEM\CurrentControlSet\Services\$service"
$title = 'Hello Service'
$ruleName = "$service (http)"
$install = Join-Path $env:ProgramFiles $title
$data = Join-Path $env:ProgramData $title
$example = Resolve-Path (Join-Path $PSScriptRoot '..\..\examples\hello-service')
$work = Join-Path ([IO.Path]::GetTempPath()) "gorelease-msi-$PID"
$log = Join-Path $work 'msiexec.log'

function Assert([bool] $condition, [string] $what) {
    if (-not $condition) {
        if (Test-Path $log) { Get-Content $log -Tail 80 | Write-Output }
        throw "not so: $what"
    }
    Write-Output "ok  $what"
}

# The package of a version, from a copy of the example whose Go source may be changed before.
function New-Package([string] $version, [scriptblock] $change = {}, [string] $name = $version) {
    $folder = Join-Path $work $name
    Copy-Item -Recurse $example $folder
    Push-Location $folder
    try {
        Add-Content release.toml "`n[[msi.firewall]]`nservice = `"$service`"`nport = `"http`"`n"
        & $change
        & git init --quiet .
        & git add --all
        & git -c user.name=test -c user.email=test@example.invalid commit --quiet --message test
        & gorelease build --version $version --target windows/amd64 --quiet
        if ($LASTEXITCODE -ne 0) { throw "gorelease failed for $version" }
        (Resolve-Path 'dist\*_windows_amd64.msi').Path
    } finally { Pop-Location }
}

function Invoke-Msi([string[]] $arguments) {
    $all = $arguments + @('/qn', '/norestart', '/l*v', "`"$log`"")
    (Start-Process msiexec.exe -ArgumentList $all -Wait -PassThru).ExitCode
}

function Get-Answer([int] $port) {
    foreach ($try in 1..60) {
        try { return (Invoke-WebRequest -UseBasicParsing "http://127.0.0.1:$port/healthz").StatusCode } catch { Start-Sleep -Milliseconds 500 }
    }
    0
}

# Everybody but administrators and the system who may write there.
function Get-Writers([string] $path) {
    $write = [Security.AccessControl.FileSystemRights]'Write, Delete, ChangePermissions, TakeOwnership'
    $trusted = 'S-1-5-18', 'S-1-5-32-544'
    foreach ($rule in (Get-Acl $path).GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
        if ($rule.AccessControlType -eq 'Allow' -and ($rule.FileSystemRights -band $write) -and $trusted -notcontains $rule.IdentityReference.Value) {
            $rule.IdentityReference.Value
        }
    }
}

function Get-Rule { @(Get-NetFirewallRule -DisplayName "$ruleName" -ErrorAction SilentlyContinue) }

# What the service manager has beside the service's main settings.
function Assert-Configured([string] $when) {
    $key = Get-ItemProperty $serviceKey
    Assert ($key.DelayedAutostart -eq 1) "$when it starts delayed"
    Assert ($key.ServiceSidType -eq 1) "$when its SID is in its token"
    Assert ($key.FailureActionsOnNonCrashFailures -eq 1) "$when a failure is also an exit with an error"
    Assert ((& sc.exe qfailure $service | Out-String) -match '5000 milliseconds') "$when it is restarted after 5 seconds"
    Assert ($key.PreshutdownTimeout -gt 0) "$when its time at shutdown is set"
}

# The rows of a package's table as text, by Windows Installer's own reader; without the columns that are named.
function Get-Rows([object] $database, [string] $table, [string[]] $without) {
    $call = { param($object, [string] $name, [object[]] $arguments, [string] $kind = 'InvokeMethod')
        $object.GetType().InvokeMember($name, $kind, $null, $object, $arguments) }
    $view = & $call $database 'OpenView' @("SELECT * FROM ``$table``")
    & $call $view 'Execute' @() | Out-Null
    $names = & $call $view 'ColumnInfo' @(0) 'GetProperty'
    $types = & $call $view 'ColumnInfo' @(1) 'GetProperty'
    $count = & $call $names 'FieldCount' @() 'GetProperty'
    while ($record = & $call $view 'Fetch' @()) {
        $cells = foreach ($number in 1..$count) {
            $name = & $call $names 'StringData' @($number) 'GetProperty'
            $type = & $call $types 'StringData' @($number) 'GetProperty'
            if ($without -contains "$table.$name") { continue }
            if ($type -like 'v*') { "$name=stream" } else { "$name=" + (& $call $record 'StringData' @($number) 'GetProperty') }
        }
        $cells -join ' '
    }
    & $call $view 'Close' @() | Out-Null
}

# Ours against WiX's, table by table; what is known to differ is in docs/msi.md.
function Compare-Tables([string] $ours, [string] $theirs) {
    $tables = 'Component', 'CreateFolder', 'CustomAction', 'Directory', 'Error', 'Feature', 'FeatureComponents', 'File',
        'LaunchCondition', 'MsiFileHash', 'MsiLockPermissionsEx', 'MsiServiceConfig', 'RegLocator', 'Registry', 'RemoveFile',
        'ServiceControl', 'ServiceInstall', 'Upgrade'
    # Short names and the order of the files are WiX's own, and so is Display.
    $without = 'File.FileName', 'Directory.DefaultDir', 'File.Sequence', 'Feature.Display'
    $installer = New-Object -ComObject WindowsInstaller.Installer
    $databases = foreach ($path in $ours, $theirs) {
        $installer.GetType().InvokeMember('OpenDatabase', 'InvokeMethod', $null, $installer, @($path, 0))
    }
    foreach ($table in $tables) {
        $rows = foreach ($database in $databases) { , @(Get-Rows $database $table $without | Sort-Object) }
        $differences = @(Compare-Object $rows[0] $rows[1])
        $differences | ForEach-Object { Write-Output "    $($_.SideIndicator) $($_.InputObject)" }
        Assert ($differences.Count -eq 0) "the rows of $table are the same"
    }
}

New-Item -ItemType Directory $work | Out-Null
try {
    $candidate = New-Package '1.4.2-rc.1'
    $final = New-Package '1.4.2'
    $next = New-Package '1.5.0'
    $broken = New-Package '1.6.0' {
        Set-Content main.go "package main`n`nimport `"os`"`n`nfunc main() { os.Exit(3) }`n"
    }

    Write-Output '# a first installation that fails'
    Assert ((Invoke-Msi '/i', "`"$broken`"") -ne 0) 'a service that does not start fails the installation'
    Assert (-not (Get-Service $service -ErrorAction SilentlyContinue)) 'no service is left'
    Assert (-not (Test-Path "$install\hello-service.exe")) 'no program is left'

    Write-Output '# installation'
    Assert ((Invoke-Msi '/i', "`"$candidate`"", 'HTTP_PORT=18080') -eq 0) 'a pre-release installs silently'
    Assert ((Get-Service $service).Status -eq 'Running') 'the service runs'
    Assert ((Get-Answer 18080) -eq 200) 'it answers on the port that was given'
    $key = Get-ItemProperty $serviceKey
    Assert ($key.ImagePath -eq "`"$install\hello-service.exe`" --gorelease-service=$service") 'the image path is quoted'
    Assert ($key.ObjectName -eq "NT SERVICE\$service") 'it has an account of its own'
    Assert-Configured 'after the installation'
    Assert ((Get-Rule).Count -eq 0) 'no firewall rule was added without being asked for'
    $arguments = (Get-ItemProperty "$serviceKey\Parameters").Arguments
    Assert ($arguments -contains '127.0.0.1:{{ port.http }}') 'braces come through the Formatted type'
    $source = Get-ItemProperty "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$service"
    Assert ($source.TypesSupported -eq 7) 'the event source is registered'
    Assert (Test-Path $source.EventMessageFile) 'and its message file exists'

    Write-Output '# access'
    Assert (-not (Get-Writers "$install\hello-service.exe")) 'only administrators can change the executable'
    Assert (-not (Get-Writers "$data\config")) 'only administrators can change the configuration'
    $sid = ((& sc.exe showsid $service) -match 'S-1-5-80' -replace '.*(S-1-5-80[-0-9]+).*', '$1') | Select-Object -First 1
    foreach ($folder in 'data', 'logs') {
        Assert (@(Get-Writers "$data\$folder" | Sort-Object -Unique) -join ' ' -eq $sid) "only the service can write to $folder"
    }

    Write-Output '# upgrade'
    Add-Content "$data\config\hello.json" ' '
    $edited = (Get-FileHash "$data\config\hello.json").Hash
    foreach ($package in $final, $next) {
        Assert ((Invoke-Msi '/i', "`"$package`"") -eq 0) "$(Split-Path -Leaf $package) upgrades"
        Assert ((Get-Answer 18080) -eq 200) 'the port is remembered'
        Assert ((Get-FileHash "$data\config\hello.json").Hash -eq $edited) 'the edited configuration is kept'
    }
    $entries = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*' | Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -eq $title }
    Assert (@($entries).Count -eq 1 -and $entries.DisplayVersion -eq '1.5.0') 'there is one entry in Programs and Features'
    Assert ((Invoke-Msi '/i', "`"$final`"") -ne 0) 'a downgrade is refused'
    Assert ((Get-Answer 18080) -eq 200) 'and leaves the service running'

    Write-Output '# firewall'
    Assert ((Invoke-Msi '/i', "`"$next`"", 'ADDLOCAL=Firewall') -eq 0) 'the rule can be added later'
    $rule = Get-Rule
    Assert ($rule.Count -eq 1 -and $rule[0].Direction -eq 'Inbound' -and $rule[0].Profile -eq 'Domain') 'there is one, for the domain'
    Assert (($rule[0] | Get-NetFirewallPortFilter).LocalPort -eq '18080') 'for the port that was given'
    Assert (($rule[0] | Get-NetFirewallServiceFilter).Service -eq $service) 'for the service'
    Assert (($rule[0] | Get-NetFirewallApplicationFilter).Program -eq "$install\hello-service.exe") 'for the program'

    Write-Output '# rollback'
    $exit = Invoke-Msi '/i', "`"$broken`""
    Assert ($exit -ne 0) 'a version that does not start is refused'
    Assert ((Get-Answer 18080) -eq 200) 'the old version runs again'
    Assert ((Get-ItemProperty "HKLM:\SOFTWARE\Example Ltd\$title").Version -eq '1.5.0') 'and is the installed one'

    Assert-Configured 'after the rollback'
    Assert ((Get-Rule).Count -eq 1) 'the firewall rule is there again'

    Write-Output '# repair'
    Stop-Service $service
    Remove-Item "$install\hello-service.exe"
    Assert ((Invoke-Msi '/fa', "`"$next`"") -eq 0) 'a repair succeeds'
    Start-Service $service
    Assert ((Get-Answer 18080) -eq 200) 'and the service answers'

    Write-Output '# removal'
    Assert ((Invoke-Msi '/x', "`"$next`"") -eq 0) 'removal succeeds'
    Assert (-not (Get-Service $service -ErrorAction SilentlyContinue)) 'the service is gone'
    Assert (-not (Test-Path $install)) 'the program is gone'
    Assert (-not (Test-Path "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$service")) 'the event source is gone'
    Assert ((Get-Rule).Count -eq 0) 'the firewall rule is gone'
    Assert (Test-Path "$data\config\hello.json") 'the configuration stays, as marked'

    Write-Output '# NOSTART'
    Assert ((Invoke-Msi '/i', "`"$next`"", 'NOSTART=1', 'HTTP_PORT=18081') -eq 0) 'NOSTART=1 installs'
    Assert ((Get-Service $service).Status -eq 'Stopped') 'and leaves the service stopped'
    Assert ((Invoke-Msi '/x', "`"$next`"", 'PURGE=1') -eq 0) 'removal with PURGE=1 succeeds'
    Assert (-not (Test-Path $data)) 'and takes configuration, data and logs'

    if (-not $NoWix) {
        Write-Output '# WiX'
        # Version 5 is the last one without a licence to be accepted first.
        & dotnet tool install wix --version 5.0.2 --tool-path "$work\tools" | Out-Null
        Assert ($LASTEXITCODE -eq 0) 'WiX can be fetched'
        $env:GORELEASE_WIX = "$work\tools\wix.exe"
        foreach ($package in $candidate, $next) {
            $report = & $env:GORELEASE_WIX msi validate -nologo $package | Out-String
            Write-Output $report
            Assert ($LASTEXITCODE -eq 0 -and $report -notmatch 'warning') "no evaluator has anything against $(Split-Path -Leaf $package)"
        }
        $theirs = New-Package '1.5.1' {
            $manifest = (Get-Content release.toml -Raw).Replace("[msi]", "[msi]`nbackend = `"wix`"")
            Set-Content release.toml $manifest
        } 'theirs'
        $ours = New-Package '1.5.1' {} 'ours'
        Compare-Tables $ours $theirs
    }
} finally {
    if (Get-Service $service -ErrorAction SilentlyContinue) {
        Get-ChildItem $work -Recurse -Filter *.msi | ForEach-Object { Invoke-Msi '/x', "`"$($_.FullName)`"" | Out-Null }
    }
    Remove-Item -Recurse -Force $work, $data -ErrorAction SilentlyContinue
}
